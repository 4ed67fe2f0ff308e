import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "prettier";
import { PROJECT } from "../../sandbox/sandbox.ts";
import type { Case, Shown } from "./oneCase.ts";

/** What came of a case. */
export interface Result extends Pick<Case, "workflow" | "name"> {
    readonly seconds: number;
    readonly shown: Shown | undefined;
    /** What should have held and did not. */
    readonly error: string | undefined;
}

/** The table, for people at a terminal. */
export function describe(results: readonly Result[]): string {
    const line = (workflow: string, name: string, seconds: string, came: string) =>
        `${workflow.padEnd(9)}${seconds.padStart(6)}  ${came.padEnd(8)}${name}`;
    return [
        line("workflow", "event, and what must come of it", "s", ""),
        ...results.map(({ workflow, name, seconds, error }) =>
            line(workflow, name, seconds.toFixed(0), error === undefined ? "ok" : "FAILED"),
        ),
    ].join("\n");
}

const PAGE = join(PROJECT, "docs", "ci.md");
const [BEGIN, END] = [
    "<!-- from here on written by npm run test:workflows -->",
    "<!-- to here -->",
];

/** Puts what the runs posted, and the table, into the page. */
export async function publish(results: readonly Result[]): Promise<void> {
    const page = await readFile(PAGE, "utf8");
    const [before = "", rest = ""] = page.split(BEGIN);
    const [, after = ""] = rest.split(END);
    const text = [before + BEGIN, ...sections(results), END + after].join("\n\n");
    const style = { parser: "markdown", tabWidth: 4, printWidth: 100 } as const;
    await writeFile(PAGE, await format(text, style));
}

function sections(results: readonly Result[]): readonly string[] {
    const shown = Object.assign({}, ...results.map((result) => result.shown ?? {})) as Shown;
    const rows = results.map(({ workflow, name }) => `| \`${workflow}.yml\` | ${name} |`);
    return [
        "The comment on a pull request that bumps `rotation`:",
        quoted(shown.comment),
        "The issue after a night on which a Secret was missing:",
        quoted(shown.issue),
        "What an update that fails ends with:",
        quoted(shown.failure),
        "What has been run, each after the one before, and came out as it says:",
        ["| workflow | event, and what comes of it |", "| --- | --- |", ...rows].join("\n"),
    ];
}

function quoted(text = ""): string {
    return text
        .split("\n")
        .filter((line) => !line.startsWith("<!--"))
        .map((line) => `> ${line}`.trimEnd())
        .join("\n");
}
