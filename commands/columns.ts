import wrapAnsi from "wrap-ansi";

const NARROWEST = 20; // what is narrower reads worse than what begins further left

/**
 * Names, and beside each what is said of it, broken between words.
 *
 * @param columns How wide the terminal is; undefined where there is none, and nothing is broken.
 */
export function inColumns(
    rows: readonly (readonly [name: string, what: string])[],
    width: number,
    columns: number | undefined,
): readonly string[] {
    return rows.map(([name, what]) => {
        const head = name.padEnd(width);
        if (columns === undefined || head.length + what.length <= columns) return head + what;
        const indent = columns - width < NARROWEST ? 4 : width;
        const lines = wrapAnsi(head.slice(indent) + what, columns - indent, { trim: false });
        const [first = "", ...others] = lines.split("\n");
        const text = [first.trimEnd(), ...others.map((line) => line.trim())];
        return head.slice(0, indent) + text.join(`\n${" ".repeat(indent)}`);
    });
}
