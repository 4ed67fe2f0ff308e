import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { parseDocument } from "yaml";
import { fingerprint } from "../../rotation/digest.ts";
import type { Engine, Outcome } from "../../sandbox/runs/engine.ts";
import { PROJECT } from "../../sandbox/sandbox.ts";
import { formsOfKey } from "./leaks.ts";
import { watchProcesses } from "./processes.ts";
import { runAtTerminal, type Screen, type Typing } from "./screen.ts";

const NAMESPACE = "prometheus-write-secret:";

/** What the engine calls the dev stack in its diagnostics. */
export const STACK = "pulumi:pulumi:Stack (prometheus-write-secret-dev)";

/** Types of resources, as the engine names them. */
export const PASSWORD = "random:index/randomPassword:RandomPassword";
export const FILE = "github:index/repositoryFile:RepositoryFile";
export const SECRET = "kubernetes:core/v1:Secret";
export const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

/** What the stack output `rotation` says. */
export interface Rotation {
    readonly current: string;
    readonly accepted: readonly string[];
    readonly senders: Readonly<Record<string, string>>;
}

/**
 * A change to the configuration of a stack: values by path, such as `{ "receivers.0.url":
 * "http://..." }`, where undefined takes a key out; or what becomes of the file's text.
 */
export type Edit = Readonly<Record<string, unknown>> | ((text: string) => string);

/** A resource as `pulumi stack export --show-secrets` has it. */
export interface ExportedResource {
    readonly urn: string;
    readonly type: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
}

/** How a command of `commands/` ended. */
export interface CommandOutcome {
    readonly exitCode: number;
    /** What it printed, both streams. */
    readonly output: string;
    /** Of that, what a pipe gets. */
    readonly stdout: string;
}

/** A stack of this project, as somebody at a terminal has it: a configuration file and `pulumi`. */
export class Deployment {
    /** All that `pulumi` was asked and printed. */
    readonly printed: string[];
    /** Every command line that was seen on this machine while `pulumi` ran. */
    readonly commandLines: Set<string>;
    /** Every credential its state has held, the retired too. */
    readonly credentials: Set<string>;
    readonly #engine: Engine;
    readonly #file: string;

    /**
     * @param file The stack's configuration.
     * @param same Another of the same stack, with which it shares what is seen of it.
     */
    constructor(engine: Engine, file: string, same?: Deployment) {
        this.#engine = engine;
        this.#file = file;
        this.printed = same?.printed ?? [];
        this.commandLines = same?.commandLines ?? new Set();
        this.credentials = same?.credentials ?? new Set();
    }

    /** The stack's name. */
    get name(): string {
        return basename(this.#file).replace(/^Pulumi\.(.+)\.yaml$/, "$1");
    }

    /** The same stack, as somebody has it with other values in the environment. */
    withEnvironment(changes: Readonly<Record<string, string>>): Deployment {
        return new Deployment(this.#engine.withEnvironment(changes), this.#file, this);
    }

    /** Runs `pulumi`; the outcome says how it went. */
    async run(...args: readonly string[]): Promise<Outcome> {
        const outcome = await this.#watched(() => this.#engine.run(...args));
        this.printed.push(args.join(" "), outcome.output, JSON.stringify(outcome.events));
        return outcome;
    }

    /**
     * Runs a command of `commands/`, as `npm run` does, and takes note of the credentials there are
     * afterwards.
     */
    async command(name: string, ...args: readonly string[]): Promise<CommandOutcome> {
        const ran = await this.#watched(() =>
            this.#execute("node", [`commands/${name}.ts`, ...args]),
        );
        this.printed.push(args.join(" "), ran.output);
        await this.#noteCredentials();
        return ran;
    }

    /** The same at a terminal, where something is typed when it asks. */
    async atTerminal([name = "", ...args]: readonly string[], typing: Typing): Promise<Screen> {
        const environment = await this.#environment();
        const screen = await this.#watched(() =>
            runAtTerminal(["node", `commands/${name}.ts`, ...args], { ...typing, environment }),
        );
        this.printed.push(args.join(" "), screen.sent, screen.lines.join("\n"));
        await this.#noteCredentials();
        return screen;
    }

    /**
     * `pulumi config set --secret --path`, with the value on its standard input; takes note of it.
     * The path is of our namespace, unless it names another.
     */
    async setSecret(path: string, value: string): Promise<void> {
        this.credentials.add(value);
        const key = path.includes(":") ? path : NAMESPACE + path;
        const args = ["config", "set", "--secret", "--path", key];
        const { exitCode, output } = await this.#execute("pulumi", args, value);
        this.printed.push(args.join(" "), output);
        assert.equal(exitCode, 0, `${args.join(" ")} failed`);
    }

    /** Runs `pulumi`, which must succeed. */
    async must(...args: readonly string[]): Promise<Outcome> {
        const outcome = await this.run(...args);
        assert.equal(outcome.exitCode, 0, outcome.output);
        return outcome;
    }

    /** Runs `pulumi up`, and takes note of the credentials it made. */
    async tryUp(): Promise<Outcome> {
        const outcome = await this.run("up", "--yes", "--skip-preview");
        if (steps(outcome, PASSWORD).length > 0) await this.#noteCredentials();
        return outcome;
    }

    /** Runs `pulumi up`, which must succeed. */
    async up(): Promise<Outcome> {
        const outcome = await this.tryUp();
        assert.equal(outcome.exitCode, 0, outcome.output);
        return outcome;
    }

    /** Sets the keeper and runs `pulumi up`, which must succeed. */
    async rotateTo(label: string): Promise<Outcome> {
        await this.must("config", "set", "rotation", label);
        return this.up();
    }

    async rotation(): Promise<Rotation> {
        const { output } = await this.must("stack", "output", "rotation", "--json");
        return JSON.parse(output) as Rotation;
    }

    /** The resources of the stack's state, secrets in plain text. */
    async resources(): Promise<readonly ExportedResource[]> {
        const { output } = await this.#engine.must("stack", "export", "--show-secrets");
        const { deployment } = JSON.parse(output) as {
            deployment: { resources?: ExportedResource[]; pending_operations?: unknown[] };
        };
        assert.deepEqual(deployment.pending_operations ?? [], []);
        return deployment.resources ?? [];
    }

    /** The resources of the stack's state by name, each as a mark of what is recorded of it. */
    async state(): Promise<ReadonlyMap<string, string>> {
        const resources = await this.resources();
        return new Map(
            resources.map((resource) => [resource.urn, mark(sorted(essence(resource)))] as const),
        );
    }

    async configure(edit: Edit): Promise<void> {
        const text = await readFile(this.#file, "utf8");
        await writeFile(this.#file, typeof edit === "function" ? edit(text) : editYaml(text, edit));
    }

    /** Does `work` while the configuration is another one. */
    async configured<T>(edit: Edit, work: () => Promise<T>): Promise<T> {
        const text = await readFile(this.#file, "utf8");
        await this.configure(edit);
        try {
            return await work();
        } finally {
            await writeFile(this.#file, text);
        }
    }

    /**
     * Runs a program from the project's directory with the engine's environment, and `pulumi` on
     * the PATH.
     */
    async #execute(
        program: string,
        args: readonly string[],
        input?: string,
    ): Promise<CommandOutcome> {
        const env = await this.#environment();
        const options = { cwd: PROJECT, extendEnv: false, env, all: true, reject: false } as const;
        const stdin = input === undefined ? { stdin: "ignore" as const } : { input };
        const { exitCode = 1, all, stdout } = await execa(program, args, { ...options, ...stdin });
        return { exitCode, output: all, stdout };
    }

    async #environment(): Promise<Record<string, string>> {
        const temporary = join(dirname(this.#file), "tmp");
        await mkdir(temporary, { recursive: true, mode: 0o700 });
        const { PATH = "", HOME = "" } = process.env;
        return {
            ...{ HOME, TMPDIR: temporary, NO_COLOR: "1" },
            ...{ PATH: [join(PROJECT, "node_modules", ".bin"), PATH].join(delimiter) },
            ...this.#engine.environment,
        };
    }

    async #noteCredentials(): Promise<void> {
        for (const { type, urn, outputs } of await this.resources()) {
            if (type !== PASSWORD) continue;
            const { plaintext } = outputs?.["result"] as { plaintext: string };
            const value = JSON.parse(plaintext) as string;
            this.credentials.add(value);
            if (!urn.endsWith("::record-key")) continue;
            for (const form of formsOfKey(value)) this.credentials.add(form);
        }
    }

    async #watched<T>(work: () => Promise<T>): Promise<T> {
        const { outcome, sightings } = await watchProcesses(work);
        for (const { args } of sightings) this.commandLines.add(args);
        return outcome;
    }
}

/** Stands for a value that a failed assertion must not print. */
export function mark(value: unknown): string {
    return fingerprint(value).slice(0, 12);
}

/**
 * Without what a refresh rewrites in other words: times, empty lists of dependencies, the bridge's
 * own notes.
 */
function essence({ urn, type, inputs, outputs }: ExportedResource): unknown {
    const rest = Object.entries(outputs ?? {}).filter(
        ([key]) => key !== "__pulumi_raw_state_delta",
    );
    return { urn, type, inputs, outputs: Object.fromEntries(rest) };
}

/** A JSON value with its lists in one order: the engine writes dependencies in any. */
function sorted(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
        return value.map(sorted).toSorted((a, b) => (mark(a) < mark(b) ? -1 : 1));
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
}

function editYaml(text: string, changes: Readonly<Record<string, unknown>>): string {
    const document = parseDocument(text);
    for (const [path, value] of Object.entries(changes)) {
        const [first = "", ...rest] = path.split(".");
        const keys = rest.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
        const place = ["config", `${NAMESPACE}${first}`, ...keys];
        if (value === undefined) document.deleteIn(place);
        else document.setIn(place, value);
    }
    // The engine takes a date without quotes for a time.
    const style = { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" } as const;
    return document.toString({ lineWidth: 0, ...style });
}

/** What was printed under `Diagnostics:`: the lines on each resource, by its type and name. */
export function diagnostics({ output }: Outcome): Readonly<Record<string, readonly string[]>> {
    const [, after = ""] = output.split("\nDiagnostics:\n");
    const [block = ""] = after.split(/\n(?=\S)/);
    const groups = block.split(/\n\s*\n/).map((group) =>
        group
            .split("\n")
            .map((line) => line.trim())
            .filter(Boolean),
    );
    return Object.fromEntries(
        groups.flatMap(([resource, ...lines]) =>
            resource === undefined ? [] : [[resource.replace(/:$/, ""), lines]],
        ),
    );
}

const UNTOUCHED: ReadonlySet<string> = new Set(["same", "refresh"]);

/**
 * The steps of an outcome on resources of a type: `create`, `update`, without those that leave it
 * as it is.
 */
export function steps({ events }: Outcome, type: string): readonly string[] {
    return events.flatMap(({ resourcePreEvent }) => {
        const metadata = resourcePreEvent?.metadata;
        if (metadata?.type !== type || UNTOUCHED.has(metadata.op)) return [];
        return [metadata.op];
    });
}
