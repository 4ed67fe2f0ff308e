/** Something to be read as a table: the first columns hold words, the others numbers. */
export interface Table {
    readonly title: string;
    /** What the numbers are, where the header does not say. Defaults to nothing. */
    readonly note?: string;
    /** How many columns hold words. Defaults to the first. */
    readonly words?: number;
    readonly header: readonly string[];
    readonly rows: readonly (readonly string[])[];
}

/** A table for a terminal. */
export function textTable({ title, words = 1, header, rows }: Table): string {
    const widths = header.map((name, column) =>
        Math.max(...[name, ...rows.map((row) => row[column] ?? "")].map(({ length }) => length)),
    );
    const line = (cells: readonly string[]) =>
        cells
            .map((cell, column) => {
                const width = widths[column] ?? 0;
                return column < words ? cell.padEnd(width) : cell.padStart(width);
            })
            .join("  ");
    return [`${title}:`, "", ...[header, ...rows].map((row) => `  ${line(row)}`)].join("\n");
}

/** The same in Markdown, under a heading. */
export function markdownTable({ title, note, words = 1, header, rows }: Table): string {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    const rule = header.map((_, column) => (column < words ? "---" : "---:"));
    return [
        `## ${title}`,
        "",
        ...(note === undefined ? [] : [note, ""]),
        ...[header, rule, ...rows].map(line),
    ].join("\n");
}
