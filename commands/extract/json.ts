import { requireShallow } from "./yaml.ts";

/**
 * The value of a JSON text. Throws one line that does not quote it, as the message of the parser
 * would.
 */
export function parseJson(text: string, name: string): unknown {
    const value = tryJson(text);
    if (value === undefined) {
        throw new Error(`${name} is no JSON: check that it is whole, and the right file`);
    }
    requireShallow(value, name);
    return value;
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

/** The value of a JSON text; undefined where it is none. */
export function tryJson(text: string): unknown {
    try {
        return JSON.parse(text.replace(/^\ufeff/, "")) as unknown;
    } catch {
        return undefined;
    }
}

/** Puts a text at a path as Helm writes it: `a.b[0].c`, with `\\.` for a dot in a name. */
export function putAt(root: object, path: string, text: string): void {
    const keys = path.match(/\[[0-9]+\]|(?:[^.[\]\\]|\\.)+/g) ?? [];
    let at = root as Record<string, unknown>;
    keys.forEach((key, index) => {
        const name = key.replace(/^\[|\]$/g, "").replace(/\\(.)/g, "$1");
        const next = keys[index + 1];
        const isList = Array.isArray(at) && Number(name) > 1000;
        if (isList || name === "__proto__") return;
        if (next === undefined) at[name] = text;
        else at = (at[name] ??= next.startsWith("[") ? [] : {}) as Record<string, unknown>;
    });
}
