import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { configKey } from "./projectName.ts";
import type { RecordedResource } from "../holders/holder.ts";
import { isStateSecret } from "./stateSecret.ts";
import { parseRecorded, type Recorded } from "../update/recorded.ts";

/**
 * Does it with an environment in which temporary files have a directory that nobody else reads, and
 * removes that: the Kubernetes provider (4.34) leaves a copy of the kubeconfig that `KUBECONFIG`
 * names, with its key, at every run.
 */
export async function withTemporary<T>(
    work: (environment: { readonly TMPDIR: string }) => Promise<T>,
): Promise<T> {
    const TMPDIR = await mkdtemp(join(tmpdir(), "pulumi-")); // mode 0700
    try {
        return await work({ TMPDIR });
    } finally {
        await rm(TMPDIR, { recursive: true, force: true });
    }
}

/** Runs pulumi and reads what it prints; throws a one-line error when it fails. */
export async function read(...args: readonly string[]): Promise<string> {
    return feed("", process.env, ...args);
}

/**
 * The same with something for it to read, in an environment of its own. Neither is shown in an
 * error.
 */
export async function feed(
    input: string,
    environment: NodeJS.ProcessEnv,
    ...args: readonly string[]
): Promise<string> {
    const result = await withTemporary((more) => {
        const env = { ...environment, ...more };
        const options = { input, env, extendEnv: false, reject: false } as const;
        return execa("pulumi", [...args, "--non-interactive"], options);
    });
    if (result.exitCode === 0) return result.stdout;
    throw new Error(`pulumi ${args.join(" ")}: ${reasonIn(result.stderr) ?? "it failed"}`);
}

/** What pulumi says is wrong, by what it printed on standard error; undefined where it said nothing. */
export function reasonIn(stderr: string): string | undefined {
    const lines = stderr.split("\n").filter((line) => line.trim() !== "");
    const reason = lines.find((line) => line.startsWith("error: ")) ?? lines.at(-1);
    return reason?.replace(/^error: /, "");
}

/** A value of the stack's configuration, or undefined. */
export async function readConfig(key: string): Promise<string | undefined> {
    const all = JSON.parse(await read("config", "--json")) as Record<string, { value?: string }>;
    return all[configKey(key)]?.value;
}

/** The labels that are configured to be retired, also those that look like numbers. */
export async function readRetired(): Promise<readonly string[]> {
    return (JSON.parse((await readConfig("retired")) ?? "[]") as unknown[]).map(String);
}

/** Sets a value of the stack's configuration, a text even where it looks like a number or a date. */
export async function setConfig(path: string, text: string): Promise<void> {
    await read("config", "set", "--path", "--type=string", configKey(path), text);
}

/** Takes a value out of the stack's configuration. */
export async function removeConfig(path: string): Promise<void> {
    await read("config", "rm", "--path", configKey(path));
}

/** A text among the stack's outputs, or undefined. */
export async function readOutput(name: string): Promise<string | undefined> {
    const outputs = JSON.parse(await read("stack", "output", "--json")) as Record<string, unknown>;
    const value = outputs[name];
    return typeof value === "string" ? value : undefined;
}

/** The name of the selected stack, without its organization. */
export async function stackName(): Promise<string> {
    const name = (await read("stack", "--show-name")).trim();
    return name.split("/").at(-1) ?? name;
}

/** The file with the selected stack's configuration. */
export async function configurationFile(): Promise<string> {
    return `Pulumi.${await stackName()}.yaml`;
}

/** The stack's last recorded state; values are known in it where secrets are shown. */
export async function readRecorded({ showSecrets = false } = {}): Promise<Recorded> {
    const shown = showSecrets ? ["--show-secrets"] : [];
    const exported = JSON.parse(await read("stack", "export", ...shown), reveal) as {
        deployment: { resources?: Exported[] };
    };
    return parseRecorded(
        (exported.deployment.resources ?? []).map((one) => [one.urn, reopen(one)]),
    );
}

/** The value of a secret, in an export that shows them. */
function reveal(_key: string, value: unknown): unknown {
    if (!isStateSecret(value) || typeof value.plaintext !== "string") return value;
    return JSON.parse(value.plaintext) as unknown;
}

/** A resource as `pulumi stack export` has it: secrets are ciphertext there. */
type Exported = RecordedResource & {
    readonly urn: string;
    readonly inputs?: { readonly metadata?: unknown };
};

/**
 * The metadata of a Secret is a secret among its outputs, as others write there. What the program
 * wrote there is none among its inputs, which a refresh renews, too.
 */
function reopen({ inputs, ...resource }: Exported): RecordedResource {
    const { outputs } = resource;
    if (typeof outputs !== "object" || inputs?.metadata === undefined) return resource;
    return { ...resource, outputs: { ...outputs, metadata: inputs.metadata } };
}
