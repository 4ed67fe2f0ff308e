// What marks a secret in a state: sig.Key and sig.Secret of the Pulumi SDK 3.259.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A secret in a stack's state: its value, as JSON, only where an export shows it. */
export interface StateSecret {
    readonly plaintext?: unknown;
}

/** Whether a value of a stack's state is marked as a secret. */
export function isStateSecret(value: unknown): value is StateSecret {
    if (typeof value !== "object" || value === null) return false;
    return (value as Readonly<Record<string, unknown>>)[SIGNATURE] === SECRET;
}
