import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Document, parseDocument } from "yaml";
import type { Fleet } from "../parts/fleet.ts";
import type { ReceiverPart } from "../parts/receiverPart.ts";
import type { Engine } from "./engine.ts";

/** The stack's name; its configuration is `Pulumi.dev.yaml`. */
export const STACK = "dev";

/** What differs from run to run in the configuration of the sandbox's stack. */
export interface StackOptions {
    /** The project: the directory of `Pulumi.yaml` and `Pulumi.dev.yaml`. */
    readonly project: string;
    /** Where to write the stack's configuration. */
    readonly directory: string;
    readonly fleet: Pick<Fleet, "receiverUrl" | "store">;
    /** What the receiver is. */
    readonly receiver: ReceiverPart;
    /** age public keys. */
    readonly recipients: readonly string[];
}

/** Path of the configuration in a sandbox's directory. */
export function configurationFile(directory: string): string {
    return join(directory, `Pulumi.${STACK}.yaml`);
}

/** Makes an empty stack, and its configuration: the project's `Pulumi.dev.yaml`, filled in. */
export async function createStack(engine: Engine, options: StackOptions): Promise<void> {
    const { project, directory } = options;
    const document = parseDocument(await readFile(join(project, `Pulumi.${STACK}.yaml`), "utf8"));
    fillIn(document, options);
    await initializeStack(engine, {
        project,
        directory,
        text: document.toString({ lineWidth: 0 }),
    });
}

/** Makes an empty stack, and its configuration with this text. */
export async function initializeStack(
    engine: Engine,
    {
        project,
        directory,
        text,
    }: Pick<StackOptions, "project" | "directory"> & { readonly text: string },
): Promise<void> {
    await mkdir(directory, { recursive: true });
    await writeFile(configurationFile(directory), text);
    // `stack init` writes the salt of the passphrase beside Pulumi.yaml, whatever configuration
    // file is named: a copy of the project file keeps it out of the project.
    const copy = join(directory, "Pulumi.yaml");
    await copyFile(join(project, "Pulumi.yaml"), copy);
    try {
        await engine.must("stack", "init", STACK, "--cwd", directory);
    } finally {
        await rm(copy, { force: true });
    }
}

function fillIn(document: Document, { fleet, receiver, recipients }: StackOptions): void {
    const key = (name: string) => ["config", `prometheus-write-secret:${name}`];
    const described = describeReceiver(receiver, {
        name: receiver.kind,
        url: fleet.receiverUrl,
        store: fleet.store.url,
    });
    document.setIn(key("receivers"), document.createNode([described]));
    document.setIn(key("recipients"), recipients);
}

/** A receiver as the configuration of a stack has it. */
export function describeReceiver(
    receiver: ReceiverPart,
    { name, url, store }: { readonly name: string; readonly url: string; readonly store: string },
): object {
    const { kind, metrics } = receiver;
    return {
        name,
        kind,
        namespace: "monitoring",
        url,
        ...receiver.settings({ store }),
        ...(metrics !== undefined && { metricsUrls: [new URL(metrics, url).href] }),
        queryUrl: `${store}/api/v1/query`,
    };
}
