import type { TrialReport } from "../runs/trial.ts";

/** What a rotation of one sender and one receiver came to. */
export interface Cell {
    readonly sender: string;
    readonly receiver: string;
    /** Of the credential: `token` or `password`. */
    readonly form: string;
    /** Undefined where it failed. */
    readonly report?: TrialReport;
}

/** The matrix, as people read it. */
export function renderMatrix(cells: readonly Cell[]): string {
    const rows = cells.map(({ sender, receiver, form, report }) => [
        ...[sender, receiver, form],
        ...(report
            ? [
                  report.sent.toLocaleString("en-US"),
                  report.lost.toLocaleString("en-US"),
                  report.movedSeconds.toFixed(1),
              ]
            : ["failed", "", ""]),
    ]);
    const titles = ["sender", "receiver", "form", "sent", "lost", "moved within (s)"];
    const widths = titles.map((title, column) =>
        Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
    );
    const line = (row: readonly string[]) =>
        row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    return [titles, ...rows].map((row) => line(row).trimEnd()).join("\n");
}
