/** What must not be found, by what to call it in its place. */
export type Known = ReadonlyMap<string, string>;

/** A text that is searched, and where it is from. Bytes are read as latin1. */
export type Place = readonly [where: string, text: string];

const SHORTEST = 32; // a shorter needle would be found by chance, or in part of a word

/** Searches for secrets in every form they could have been written in. */
export class Scanner {
    readonly #needles: readonly (readonly [what: string, needle: string])[];

    /** @param known Names by secret. */
    constructor(known: Known) {
        this.#needles = [...known].flatMap(([secret, name]) =>
            [...forms(secret)].map(([needle, form]) => [`${name} as ${form}`, needle] as const),
        );
    }

    /** What is found where, without saying it. */
    find(places: Iterable<Place>): string[] {
        return [...places].flatMap(([where, text]) =>
            this.#needles
                .filter(([, needle]) => text.includes(needle))
                .map(([what]) => `${where}: ${what}`),
        );
    }
}

/** How a secret may be written, with a name for each form. */
function forms(secret: string): ReadonlyMap<string, string> {
    if (secret.length < SHORTEST) throw new Error(`too short to search for: ${secret.length}`);
    const bytes = Buffer.from(secret);
    const hex = bytes.toString("hex");
    const found = new Map([
        [secret.toLowerCase(), "lower case"],
        [secret.toUpperCase(), "upper case"],
        [hex, "hex"],
        [hex.toUpperCase(), "hex"],
        [encodeURIComponent(secret), "part of a URL"],
        [secret, "plain text"],
    ]);
    for (const before of [0, 1, 2]) {
        const base64 = inBase64(bytes, before);
        found.set(base64.replaceAll("+", "-").replaceAll("/", "_"), "base64url");
        found.set(base64, "base64"); // often the same
    }
    return found;
}

/**
 * What the base64 of any text holds that has these bytes in it, after a multiple of three bytes and
 * `before`.
 */
function inBase64(bytes: Buffer, before: number): string {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const ours = text.replace(/=+$/, "");
    // The first characters hold bits of what is before, the last one bits of what comes after.
    return ours.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
