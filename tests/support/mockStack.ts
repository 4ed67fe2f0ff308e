import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { RotationRecord } from "../../rotation/record.ts";
import { run, type Registered, type Run, type World } from "./mocks.ts";
import { LocalCluster } from "./localCluster.ts";
import { LocalReceiver } from "./localReceiver.ts";

export const PASSWORD = "random:index/randomPassword:RandomPassword write";
export const REPOSITORY = "github:index/repository:Repository mirror-repository";
export const BRANCH = "github:index/branchDefault:BranchDefault mirror-repository-branch";
export const RULESET = "github:index/repositoryRuleset:RepositoryRuleset mirror-repository-history";
export const STASH = "pulumi:index:Stash mirror-sealed";
export const FILE = "github:index/repositoryFile:RepositoryFile mirror";
export const LABELS = "pulumi:index:Stash write-labels";
export const RECORD_STASH = "pulumi:index:Stash record-stash";
export const RECORD = "github:index/repositoryFile:RepositoryFile record";
export const SIGNATURE = "github:index/repositoryFile:RepositoryFile record-dev.rotation.json.sig";
export const RECORD_KEY = "random:index/randomPassword:RandomPassword record-key";
export const SECRET = "kubernetes:core/v1:Secret";

/** What an update asks for, and the outputs of the stack. */
export type Update = Run<{
    readonly rotation: {
        readonly current: string;
        readonly accepted: readonly string[];
        readonly senders: Readonly<Record<string, pulumi.Output<string>>>;
    };
    readonly mirrored: { readonly url: pulumi.Output<string>; readonly paths: readonly string[] };
    readonly verificationKey: pulumi.Output<string> | undefined;
}>;

/** What is configured, without the project's name before it; of another namespace by its whole key. */
export type Changes = Readonly<Record<string, unknown>>;

export function find({ resources }: Update, id: string): Registered {
    const found = resources.find((resource) => resource.id === id);
    assert.ok(found, `${id} is not asked for`);
    return found;
}

/**
 * The annotations of the Secret of a sender or receiver: what it accepts, the revision, and what it
 * was told to refuse.
 */
export function annotationsOf(made: Update, name: string): string {
    const { inputs } = find(made, `${SECRET} ${name}`);
    const { metadata } = inputs as { metadata: { annotations: Record<string, string> } };
    const {
        "pulumi.com/patchForce": force,
        "reloader.stakater.com/ignore": leftAlone,
        ...ours
    } = metadata.annotations;
    assert.deepEqual([force, leftAlone], ["true", "true"]);
    const keys = ["accepted", "revision", "refused"].map((key) => `prometheus-write-secret/${key}`);
    const known = keys.filter((key) => key in ours);
    assert.deepEqual(Object.keys(ours).sort(), [...known].sort());
    return known.map((key) => ours[key]).join(" ");
}

/** The record that an update asks for. */
export function recordOf(made: Update): RotationRecord {
    const { content } = find(made, RECORD).inputs as { content: string };
    return JSON.parse(content) as RotationRecord;
}

let programs = 0;

/**
 * A stack with receivers east and west, which are one local server, and senders agent and
 * prometheus.
 */
export class Stack {
    /** Opens the mirror. */
    identity = "";
    /** The project's name, which its configuration begins with. */
    readonly #project: string;
    readonly receiver = new LocalReceiver();
    readonly cluster = new LocalCluster();
    /** Whom the mirror is encrypted to. */
    recipient = "";

    constructor(project = "prometheus-write-secret") {
        this.#project = project;
    }

    async start(): Promise<void> {
        this.identity = await generateX25519Identity();
        this.recipient = await identityToRecipient(this.identity);
        await this.receiver.start();
        await this.cluster.start();
    }

    async stop(): Promise<void> {
        await this.receiver.stop();
        await this.cluster.stop();
    }

    /** Runs the whole program: an update after another one, or the first. */
    update(
        rotation: string,
        after?: Update,
        changes: Changes = {},
        world: World = {},
    ): Promise<Update> {
        const vault = { visibility: "private", archived: false };
        const found: World = {
            project: this.#project,
            config: this.#configure({ rotation, ...changes }),
            recorded: after?.recorded,
            repositories: after ? { "acme/vault": vault } : {},
            ...world,
        };
        // The query makes it another module, which runs again.
        return run(
            found,
            () => import(`../../index.ts?${programs++}`) as Promise<Update["result"]>,
        );
    }

    /** A receiver's configuration, for {@link Changes}: one that counts requests. */
    countingReceiver(name: string): object {
        return { ...this.#receiver(name), metricsUrls: [this.receiver.metricsUrl] };
    }

    #receiver(name: string): object {
        const { url } = this.receiver;
        return { name, kind: "vmauth", namespace: "edge", url, upstream: "http://store:8480" };
    }

    /** A sender's configuration, for {@link Changes}. */
    sender(name: string): object {
        const configuration = "sandbox/parts/prometheus.yml";
        return { name, kind: "prometheus", namespace: "monitoring", configuration };
    }

    #configure(changes: Changes): Changes {
        const settings: Changes = {
            recipients: [this.recipient],
            mirror: { owner: "acme", repository: "vault" },
            receivers: ["east", "west"].map((name) => this.#receiver(name)),
            senders: ["agent", "prometheus"].map((name) => this.sender(name)),
            ...changes,
        };
        const ours = Object.entries(settings).map(
            ([key, value]) => [key.includes(":") ? key : `${this.#project}:${key}`, value] as const,
        );
        return { "github:owner": "acme", ...Object.fromEntries(ours) };
    }
}
