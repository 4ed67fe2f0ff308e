/** What a backslash makes of a character; `\\s` is systemd's own. */
const ESCAPES: Readonly<Record<string, string>> = {
    a: "\x07",
    b: "\b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
    s: " ",
    "\\": "\\",
    '"': '"',
    "'": "'",
};

/**
 * Text with C escapes, as systemd (systemd.syntax(7)), Go and Alloy have them; one that none of
 * them has stays as it is.
 */
export function unescapeC(text: string): string {
    return text.replace(
        /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs,
        (whole, hex?: string, octal?: string, short?: string, long?: string, one?: string) => {
            const code = octal === undefined ? (hex ?? short ?? long) : octal;
            if (code === undefined) return ESCAPES[one ?? ""] ?? whole;
            const point = parseInt(code, octal === undefined ? 16 : 8);
            return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
        },
    );
}
