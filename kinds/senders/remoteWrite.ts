import { parse } from "yaml";

/** What tells our entry in a configuration from the user's own. */
export interface OurEntry {
    /** The receiver's name, which the entry has. */
    readonly name: string;
    readonly credentialsFile: string;
}

/** An entry of `remote_write`, as far as it is read. */
export interface RemoteWriteEntry extends Readonly<Record<string, unknown>> {
    readonly name?: unknown;
    readonly url?: unknown;
}

/** A configuration as it is now, whatever people made of it; undefined where it is no YAML. */
export function readConfiguration(text: string): unknown {
    try {
        return parse(text, { logLevel: "error" });
    } catch {
        return undefined;
    }
}

/** A mapping's value; undefined where there is no such thing. */
export function valueIn(content: unknown, key: string): unknown {
    const isObject = typeof content === "object" && content !== null;
    return isObject ? (content as Readonly<Record<string, unknown>>)[key] : undefined;
}

/**
 * Our entry in a configuration: the one of our name, or, where the receiver was called something
 * else, the one that reads our file. Undefined where there is none.
 */
export function ourEntry(
    configuration: unknown,
    { name, credentialsFile }: OurEntry,
): RemoteWriteEntry | undefined {
    const entries = valueIn(configuration, "remote_write");
    if (!Array.isArray(entries)) return undefined;
    const fileOf = (entry: unknown) => [
        valueIn(valueIn(entry, "authorization"), "credentials_file"),
        valueIn(valueIn(entry, "basic_auth"), "password_file"),
    ];
    const found: unknown =
        entries.find((entry) => valueIn(entry, "name") === name) ??
        entries.find((entry) => fileOf(entry).includes(credentialsFile));
    return found as RemoteWriteEntry | undefined;
}
