import { printable } from "../../text/printable.ts";
import { inColumns } from "../columns.ts";
import type { Preview } from "./describe.ts";
import type { Line } from "./objects.ts";

/** A part of what is shown: its heading, and its lines. */
type Section = readonly [heading: string, lines: readonly (Line | string)[]];

/**
 * For people at a terminal.
 *
 * @param columns How wide it is; undefined where there is none.
 */
export function renderText(preview: Preview, columns?: number): string {
    const width = Math.max(0, ...linesOf(preview).map(({ name }) => name.length)) + 4;
    const show = (line: Line | string) =>
        typeof line === "string"
            ? inColumns([["", printable(line)]], 2, columns)
            : inColumns([[`  ${printable(line.name)}`, printable(line.what)]], width, columns);
    const sections = sectionsOf(preview).map(
        ([heading, lines]) => `${heading}\n${lines.flatMap(show).join("\n")}`,
    );
    return [...inColumns([["", printable(preview.summary)]], 0, columns), ...sections].join("\n\n");
}

/** For a comment on a pull request. */
export function renderMarkdown(preview: Preview): string {
    const text = (one: string) => escape(printable(one));
    const show = (line: Line | string) =>
        typeof line === "string" ? `- ${text(line)}` : `- \`${line.name}\` ${text(line.what)}`;
    const sections = sectionsOf(preview).map(
        ([heading, lines]) => `**${heading}**\n\n${lines.map(show).join("\n")}`,
    );
    return [`**${text(preview.summary)}**`, ...sections].join("\n\n");
}

function sectionsOf(preview: Preview): readonly Section[] {
    const all: readonly Section[] = [
        ["Refused because", preview.errors],
        ["Generations", preview.generations],
        ["Senders", preview.senders],
        ["Waits", preview.waits],
        ["Also, for another reason", preview.others],
        ["Warnings", preview.warnings],
    ];
    return all.filter(([, lines]) => lines.length > 0);
}

function linesOf({ generations, senders, others }: Preview): readonly Line[] {
    return [...generations, ...senders, ...others];
}

/** What Markdown would make something else of. */
function escape(text: string): string {
    return text.replaceAll(/[\\`*_<>[\]|]/g, "\\$&");
}
