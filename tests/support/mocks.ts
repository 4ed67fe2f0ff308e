import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type {
    RegisterResourceHookRequest,
    RegisterResourceOutputsRequest,
    RegisterResourceRequest,
    RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb.js";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { catchLines, catchRejections } from "./catching.ts";
import { Hooks } from "./hooks.ts";
import { idOf, type Registered, registeredBy } from "./registered.ts";

// The engine and the providers, as far as a program sees them: every resource comes to be as it was
// asked for. Proves what a program asks for, in which order, and what of it is secret. Does not
// prove what the engine and the providers make of it, such as diffs, replacements and what survives
// a failure: tests ending in .engine.test.ts do.

export type { Registered } from "./registered.ts";

delete process.env.GITHUB_OWNER; // it would win over the configuration that a test gives

const PROJECT = "prometheus-write-secret";
const STACK = "dev";

/** What the engine records of resources, by URN. */
export type Recorded = Readonly<
    Record<string, { readonly type: string; readonly outputs: object }>
>;

/** What a program finds. By default: nothing recorded, no repository, no configuration. */
export interface World {
    /** The project's name. By default: {@link PROJECT}. */
    readonly project?: string;
    /** The stack's configuration, as `Pulumi.dev.yaml` has it. */
    readonly config?: Readonly<Record<string, unknown>>;
    /**
     * The answer of `readStackResourceOutputs`: the last recorded state. Undefined for a new stack.
     */
    readonly recorded?: Recorded | undefined;
    /** What is on GitHub, by full name. */
    readonly repositories?: Readonly<Record<string, object>>;
    /**
     * What GitHub's REST API answers to further paths, such as `user`; a number is a status other
     * than 200.
     */
    readonly github?: Readonly<Record<string, object | number>>;
    /** What becomes of the visibility of a repository. As asked for unless given. */
    readonly visibility?: string;
    /** Whether this is a preview, in which a password is not known yet. */
    readonly preview?: boolean;
    /**
     * Whether hooks are called, as in an update: before what is recorded changes, and before the
     * rest is made.
     */
    readonly callsHooks?: boolean;
    /**
     * Gets the {@link Registered.id} of each resource when it is asked for: those of a run that
     * fails, too.
     */
    readonly asked?: string[];
    /** Gets {@link Run.said} likewise. */
    readonly said?: string[];
    /** Keys of the configuration that are set with `--secret`. */
    readonly secretKeys?: readonly string[];
}

/** What came of a program. */
export interface Run<T> {
    readonly result: T;
    /** In the order in which the engine was asked for them. */
    readonly resources: readonly Registered[];
    /** The whole requests, in the same order. */
    readonly requests: readonly RegisterResourceRequest[];
    /** What components said their outputs are. */
    readonly outputs: readonly unknown[];
    /** What the engine would have recorded, for the next run. */
    readonly recorded: Recorded;
    /** What the program told its user, such as `warning: there is no ...`. */
    readonly said: readonly string[];
}

/**
 * Runs a program until all its resources are registered. Rejects with the first error, of the
 * program or of a resource. One run at a time.
 */
export async function run<T>(world: World, program: () => T | Promise<T>): Promise<Run<T>> {
    const { project = PROJECT, preview } = world;
    await pulumi.runtime.setMocks(mocksOf(world), project, STACK, preview, "organization");
    pulumi.runtime.setAllConfig(printConfig(world.config ?? {}), [...(world.secretKeys ?? [])]);
    const records = watch(pulumi.runtime.getMonitor() as unknown as MockMonitor, world);
    const [errors, said] = [new Set<unknown>(), world.said ?? []];
    const restores = [catchRejections(errors), catchLines(said)];
    try {
        const result = await program();
        await settle();
        if (errors.size > 0) throw [...errors][0] as Error;
        return { result, said, ...records };
    } finally {
        await settle();
        for (const restore of restores) restore();
    }
}

/** Waits for all requests under way, and for Node to tell of the promises that nobody handled. */
async function settle(): Promise<void> {
    await pulumi.runtime.disconnect();
    await turn();
}

/** The engine hands over every value as text: what is no text as JSON. */
function printConfig(config: Readonly<Record<string, unknown>>): Record<string, string> {
    const print = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
    return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, print(value)]));
}

function mocksOf(world: World): pulumi.runtime.Mocks {
    return {
        newResource: ({ type, name, inputs }) => ({
            id: type === "random:index/randomPassword:RandomPassword" ? "none" : `${name}-id`,
            state: stateOf(type, name, inputs as object, world),
        }),
        call: ({ token, inputs }) => {
            const { stackName, fullName, endpoint } = inputs as Readonly<
                Partial<Record<"stackName" | "fullName" | "endpoint", string>>
            >;
            if (token === "github:index/getRestApi:getRestApi") return askGitHub(world, endpoint);
            if (token === "github:index/getRepository:getRepository") {
                return world.repositories?.[fullName ?? ""] ?? {}; // empty where there is none
            }
            const ours = stackName === `organization/${world.project ?? PROJECT}/${STACK}`;
            if (token === "pulumi:pulumi:readStackResourceOutputs" && ours) {
                return world.recorded ? { outputs: world.recorded } : {};
            }
            if (token === "aws:index/getCallerIdentity:getCallerIdentity") {
                const arn = "arn:aws:iam::123456789012:user/ada";
                return { accountId: "123456789012", arn, userId: "AIDA", id: "123456789012" };
            }
            const details = `unknown call ${token} ${JSON.stringify(inputs)}`;
            throw Object.assign(new Error(details), { details }); // where gRPC has the words
        },
    };
}

/**
 * By default a token that may do everything, and nothing in a repository but itself: the owner's, or
 * that of robot, a member, where the owner is an organisation.
 */
function askGitHub({ github, repositories, config }: World, endpoint = ""): object {
    const [path = "", query] = endpoint.split("?");
    const [, name = "", rest] = /^repos\/([^/]+\/[^/]+)\/?(.*)$/.exec(path) ?? [];
    const repository = repositories?.[name];
    const listed = rest?.startsWith("contents/") ? undefined : [];
    const itself = { allow_merge_commit: false, ...repository };
    const found = repository && (rest === "" ? itself : listed);
    const owner = config?.["github:owner"];
    const login = `orgs/${String(owner)}` in (github ?? {}) ? "robot" : owner;
    const accounts: Readonly<Record<string, object>> = {
        user: { login },
        [`orgs/${String(owner)}/memberships/robot`]: { role: "member" },
    };
    const answer = github?.[path] ?? accounts[path] ?? found ?? 404;
    if (answer === 404) return { code: 404, body: '{"message":"Not Found"}' };
    if (Array.isArray(answer)) {
        const pages = new URLSearchParams(query);
        const size = Number(pages.get("per_page") ?? 30);
        const end = size * Number(pages.get("page") ?? 1);
        return { code: 200, body: JSON.stringify(answer.slice(end - size, end)) };
    }
    if (typeof answer !== "number") return { code: 200, body: JSON.stringify(answer) };
    // As the provider has it
    const details = `GET https://github.test/${path}: ${answer} because []`;
    throw Object.assign(new Error(details), { details });
}

function stateOf(type: string, name: string, inputs: object, world: World): object {
    if (type.startsWith(`${PROJECT}:index:`)) return inputs;
    switch (type) {
        case "pulumi:providers:kubernetes":
        case "kubernetes:core/v1:Secret":
        case "kubernetes:core/v1:ConfigMap":
        case "github:index/repositoryFile:RepositoryFile":
        case "github:index/branchDefault:BranchDefault":
        case "github:index/repositoryRuleset:RepositoryRuleset":
        case "github:index/repositoryCollaborators:RepositoryCollaborators":
        case "github:index/repositoryDeployKey:RepositoryDeployKey":
            return inputs;
        case "pulumi:providers:aws":
        case "aws:kms/alias:Alias":
        case "aws:secretsmanager/secretPolicy:SecretPolicy":
        case "aws:secretsmanager/secretVersion:SecretVersion":
        case "aws:iam/rolePolicy:RolePolicy":
            return inputs;
        case "aws:kms/key:Key":
        case "aws:secretsmanager/secret:Secret":
        case "aws:iam/role:Role":
            return { ...inputs, arn: `arn:of:${name}`, keyId: `${name}-id` };
        case "pulumi:index:Stash":
            return { ...inputs, output: "input" in inputs ? inputs.input : undefined };
        case "random:index/randomPassword:RandomPassword":
            if (world.preview) return inputs;
            return {
                ...inputs,
                result: pulumi.secret(passwordOf(name)),
                bcryptHash: pulumi.secret(hashOf(name)),
            };
        case "grafana:cloud/accessPolicyToken:AccessPolicyToken":
            return world.preview ? inputs : { ...inputs, token: pulumi.secret(tokenOf(name)) };
        case "github:index/repository:Repository": {
            const htmlUrl = `https://github.test/${name}`;
            return {
                ...inputs,
                htmlUrl,
                ...(world.visibility && { visibility: world.visibility }),
            };
        }
        default:
            throw new Error(`unknown resource type ${type}`);
    }
}

/** The value of the password resource of this name: 48 letters and digits. */
export function passwordOf(name: string): string {
    return createHash("sha256").update(name).digest("hex").slice(0, 48);
}

/** The value of the resource of a token of Grafana Cloud of this name. */
export function tokenOf(name: string): string {
    return `glc_${passwordOf(name)}==`;
}

/** The `bcryptHash` of the password resource of this name. */
export function hashOf(name: string): string {
    return `$2a$10$${passwordOf(`hash of ${name}`)}`;
}

/** What an output comes to, and whether it is secret. */
export async function known<T>(output: pulumi.Output<T>): Promise<{ value: T; secret: boolean }> {
    const value = await new Promise<T>((resolve) => {
        output.apply((value) => {
            resolve(value);
        });
    });
    return { value, secret: await pulumi.isSecret(output) };
}

/** How a request marks a value as secret. */
export function secret(value: unknown): object {
    return { [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value };
}

/**
 * Keeps what a monitor is asked for, and teaches it hooks: it claims to know them but does not
 * (3.259).
 */
function watch(monitor: MockMonitor, world: World): Omit<Run<unknown>, "result" | "said"> {
    const records = { resources: [], requests: [], outputs: [], recorded: {} } as Records;
    const hooks = new Hooks();
    const register = monitor.registerResource.bind(monitor);
    const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
    const record = (request: RegisterResourceRequest, answer: Answer): unknown => {
        const resource = registeredBy(request);
        world.asked?.push(resource.id);
        records.resources.push(resource);
        records.requests.push(request);
        return register(request, ((error, response) => {
            const outputs = response?.getObject()?.toJavaScript() ?? {};
            const type = request.getType();
            if (response) records.recorded[response.getUrn()] = { type, outputs };
            answer(error, response);
        }) satisfies Answer);
    };
    Object.assign(monitor, {
        registerResource: (request: RegisterResourceRequest, answer: Answer) => {
            const names = world.callsHooks ? hooksBefore(request, world.recorded) : [];
            if (names.length === 0) return record(request, answer);
            const calls = Promise.all(names.map((name) => hooks.call(name)));
            return calls.then(() => record(request, answer), answer);
        },
        registerResourceOutputs: (request: RegisterResourceOutputsRequest, answer: Answer) => {
            records.outputs.push(request.getOutputs()?.toJavaScript());
            registerOutputs(request, answer);
        },
        registerResourceHook: (request: RegisterResourceHookRequest, answer: Answer) => {
            hooks.register(request);
            answer(null);
        },
        registerErrorHook: (_: unknown, answer: Answer) => {
            answer(null); // nothing fails after it was asked for
        },
    });
    return records;
}

interface Records extends Omit<Run<unknown>, "result" | "said"> {
    readonly resources: Registered[];
    readonly requests: RegisterResourceRequest[];
    readonly outputs: unknown[];
    readonly recorded: Record<string, { type: string; outputs: object }>;
}

type Answer = (error: unknown, response?: RegisterResourceResponse) => void;

/** The hooks to call before a resource is made, or changed. */
function hooksBefore(request: RegisterResourceRequest, recorded: Recorded = {}): readonly string[] {
    const id = `${request.getType()} ${request.getName()}`;
    const binding = request.getHooks();
    const exists = Object.keys(recorded).some((urn) => idOf(urn) === id);
    return (exists ? binding?.getBeforeUpdateList() : binding?.getBeforeCreateList()) ?? [];
}
