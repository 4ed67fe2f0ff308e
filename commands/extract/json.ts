/**
 * The value of a JSON text. Throws one line that does not quote it, as the message of the parser
 * would.
 */
export function parseJson(text: string, name: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        throw new Error(`${name} is no JSON: check that it is whole, and the right file`);
    }
}

/** Every text in a value, with its path: `a.b[0]`. */
export function leavesOf(value: unknown, path = ""): [path: string, text: string][] {
    if (typeof value === "string") return [[path, value]];
    if (Array.isArray(value)) {
        return value.flatMap((one: unknown, index) => leavesOf(one, `${path}[${index}]`));
    }
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, one]) =>
        leavesOf(one, path === "" ? key : `${path}.${key}`),
    );
}
