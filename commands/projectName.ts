import { readFileSync } from "node:fs";
import { parse } from "yaml";

/**
 * The name of the Pulumi project in this directory: every key of ours begins with it in the stack's
 * configuration. Throws a one-line error where there is none.
 */
export function projectName(): string {
    const name = (parse(read()) as { name?: unknown } | null)?.name;
    if (typeof name === "string" && name !== "") return name;
    throw new Error("Pulumi.yaml has no name: run this where the program is");
}

/** A key of ours as the engine's command line takes it, with the path below it. */
export function configKey(path: string): string {
    return `${projectName()}:${path}`;
}

function read(): string {
    try {
        return readFileSync("Pulumi.yaml", "utf8");
    } catch (cause) {
        throw new Error("there is no Pulumi.yaml here: run this where the program is", { cause });
    }
}
