/**
 * Control characters, and what else has no glyph of its own: a terminal obeys escape sequences, and
 * marks of direction have a text read otherwise than it is (https://trojansource.codes).
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text of somebody else's as one line of glyphs: `\u001b` stands for what has none. */
export function printable(text: string): string {
    return text.replaceAll(UNSEEN, (unseen) =>
        Array.from(
            { length: unseen.length },
            (_, index) => `\\u${unseen.charCodeAt(index).toString(16).padStart(4, "0")}`,
        ).join(""),
    );
}

/** The same of a text whose line breaks are our own. */
export function printableLines(text: string): string {
    return text.split("\n").map(printable).join("\n");
}
