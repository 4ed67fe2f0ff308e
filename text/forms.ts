/** How a secret may be written, with a name for each form, by what is then to be found. */
export function formsOf(secret: string): ReadonlyMap<string, string> {
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
