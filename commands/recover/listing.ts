import { printable, printableLines } from "../../text/printable.ts";
import { minute } from "./mirrorSource.ts";
import { listGenerations, type MirroredGeneration, type MirroredStack } from "./mirroredStacks.ts";

/** What a mirror holds, as JSON. */
export function listStacks(source: string, stacks: readonly MirroredStack[]): string {
    const listed = stacks.map(({ stack, sealed, record, history, records }) => ({
        stack,
        sealed,
        record: record ?? null,
        generations: listGenerations({ history, records }),
    }));
    return printableLines(JSON.stringify({ source, stacks: listed }, undefined, 4));
}

/** What a mirror holds, for people. */
export function describeStacks(source: string, stacks: readonly MirroredStack[]): string {
    return stacks.map((stack) => describe(source, stack)).join("\n\n");
}

const HEADER = ["generation", "state", "sealed", "rotated", "by", "proven", "commit"];

function describe(source: string, stack: MirroredStack): string {
    const rows = [HEADER, ...listGenerations(stack).map((one) => row(one).map(printable))];
    const widths = HEADER.map((_, column) =>
        Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
    );
    const lines = rows.map((cells) =>
        cells
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd(),
    );
    return [
        printable(`stack ${stack.stack} in ${source}, ${stack.sealed.join(", ")}`),
        ...lines.map((line) => `  ${line}`),
    ].join("\n");
}

function row(generation: MirroredGeneration): string[] {
    const { label, state, sealed, finished, by, proven, commit } = generation;
    const proofs = proven.map(({ receiver, how }) => `${receiver}: ${how}`);
    return [
        ...[label, state, minute(sealed), minute(finished), by ?? "-"],
        ...[proofs.join(", ") || "-", commit?.slice(0, 10) ?? "-"],
    ];
}
