import { parseAllDocuments } from "yaml";

/**
 * The documents of a YAML or JSON text, every scalar as the text it is written as: a password
 * `0123` is no number.
 *
 * Throws a one-line error with the position alone, because the messages of the library quote the
 * line at fault.
 */
export function parseYaml(text: string, name: string): unknown[] {
    const documents = parseAllDocuments(text, {
        schema: "failsafe",
        merge: true,
        uniqueKeys: false, // the last one counts, as in the parts that read this
        prettyErrors: true,
        logLevel: "silent",
    });
    if (!Array.isArray(documents)) return [];
    for (const { errors } of documents) {
        const [error] = errors;
        if (!error) continue;
        const { line, col } = error.linePos?.[0] ?? { line: 1, col: 1 };
        throw new Error(`${name} is no YAML: see line ${line}, column ${col}`);
    }
    try {
        return documents.map((document) => document.toJS() as unknown);
    } catch {
        // The one thing that fails here, beside a cycle, is an alias; its name is not repeated.
        throw new Error(`${name} is no YAML that can be read: its aliases cannot be resolved`);
    }
}

/** The entries of a mapping; none for anything else. */
export function entriesOf(content: unknown): [string, unknown][] {
    return typeof content === "object" && content !== null && !Array.isArray(content)
        ? Object.entries(content)
        : [];
}

/** The value at a path of keys; undefined where there is none. */
export function valueAt(content: unknown, ...keys: readonly string[]): unknown {
    return keys.reduce<unknown>(
        (value, key) => entriesOf(value).find(([name]) => name === key)?.[1],
        content,
    );
}
