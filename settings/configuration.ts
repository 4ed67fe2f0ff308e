/** Text even where it looks like a number: `rotation: 2026`. */
const TEXTS: ReadonlySet<string> = new Set(["rotation", "username", "keyring", "cluster"]);

/**
 * The configuration from its texts, as the engine hands them over by full name: lists and mappings
 * as JSON, numbers as they are printed.
 *
 * @param prefix What our keys begin with; others are left out.
 */
export function configurationOf(
    texts: Readonly<Record<string, string>>,
    prefix: string,
): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(texts)
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, text]) => [key.slice(prefix.length), text] as const)
            .map(([key, text]) => [key, TEXTS.has(key) ? text : parseValue(text)] as const)
            // What Pulumi.yaml gives as default to what may be left out.
            .filter(([, value]) => value !== "" && JSON.stringify(value) !== "{}"),
    );
}

function parseValue(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
