import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parseSettings, type Settings } from "./lib/settings.ts";

/** Every key of ours begins with this in `Pulumi.<stack>.yaml`; it is the project's name. */
const NAMESPACE = "prometheus-write-secret:";

/**
 * The stack's configuration, checked. Throws a one-line error that names the key at fault, before anything changes.
 */
export function readSettings(): Settings {
    try {
        requireSecret("adopted");
        return Object.freeze(
            parseSettings(readConfiguration(), {
                stack: pulumi.getStack(),
                readFile: (path) => readFileSync(path, "utf8"),
            }),
        );
    } catch (error) {
        // A RunError is shown as its message alone, without a stack.
        throw new pulumi.RunError(
            `${NAMESPACE}${error instanceof Error ? error.message : String(error)}`,
        );
    }
}

/** The SDK has this (3.259), and leaves it out of its types. */
const { isConfigSecret } = pulumi.runtime as unknown as {
    isConfigSecret: (key: string) => boolean;
};

function requireSecret(key: string): void {
    const full = NAMESPACE + key;
    if (!pulumi.runtime.getConfig(full)?.includes("value") || isConfigSecret(full)) return;
    throw new Error(
        `${key}.value must be a secret: pulumi config set --secret --path ${full}.value, and rotate it soon, ` +
            "because it stood in plain text",
    );
}

function readConfiguration(): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(pulumi.runtime.allConfig())
            .filter(([key]) => key.startsWith(NAMESPACE))
            .map(([key, text]) => [key.slice(NAMESPACE.length), text] as const)
            // The label is text even where it looks like a number: `rotation: 2026`.
            .map(([key, text]) => [key, key === "rotation" ? text : parseValue(text)] as const)
            // What Pulumi.yaml gives as default to a mapping or a path that may be left out.
            .filter(([, value]) => !["{}", '""'].includes(JSON.stringify(value))),
    );
}

/** The engine hands over every value as text: lists and mappings as JSON, numbers as they are printed. */
function parseValue(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
