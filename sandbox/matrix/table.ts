import { markdownTable, type Table, textTable } from "../bench/tables.ts";
import type { TrialReport } from "../runs/trial.ts";
import type { Report } from "../runs/rotationReport.ts";
import type { ScrapeCount } from "../runs/scrapes.ts";
import { NOTES } from "./notes.ts";
import { mayLose, type Misfit, type Pair } from "./pairs.ts";

/** What a rotation of one sender and one receiver came to. */
export interface Cell {
    readonly pair: Pair;
    /** Undefined where it failed. */
    readonly report: TrialReport | undefined;
}

/** What was rotated. */
export interface Matrix {
    readonly cells: readonly Cell[];
    /** Rotated by hand, with a gap. */
    readonly controls: readonly Cell[];
    /** The published recipe, and the pair that is like it. Undefined where none is rotated. */
    readonly recipe?: { readonly pair: Pair; readonly count: ScrapeCount | undefined } | undefined;
    /** What is not rotated. */
    readonly misfits?: readonly Misfit[];
    /** What ran. */
    readonly programs?: Report["parts"];
}

/** What a push carries at most, as Prometheus has it: one push may carry half of each credential. */
const BATCH = 2000;

/** What is wrong with a matrix, a line each; nothing where it shows what it should. */
export function findFaults({ cells, controls, recipe }: Matrix): readonly string[] {
    const proof = ": the measurement proves nothing";
    return [
        ...[...cells, ...controls].flatMap(({ pair, report }) =>
            report ? [] : [`${nameOf(pair)} could not be rotated`],
        ),
        ...cells.flatMap(({ pair, report }) =>
            !report || report.lost <= (mayLose(pair) ? BATCH : 0)
                ? []
                : [`${nameOf(pair)} lost ${inWords(report.lost)} samples`],
        ),
        ...controls.flatMap(({ pair, report }) =>
            report?.lost === 0 ? [`the control of ${nameOf(pair)} lost nothing${proof}`] : [],
        ),
        ...(recipe && !recipe.count ? ["the recipe could not be run"] : []),
        ...(recipe?.count?.lost === 0 ? [`the recipe lost nothing${proof}`] : []),
    ];
}

/** Names a pair, as objects in Kubernetes may be named. */
export function nameOf({ sender, receiver, form }: Pair): string {
    return `${sender}-${receiver}-${form}`;
}

/** A cell in a line. */
export function describe(cell: Cell): string {
    const numbers = rowOf(cell).slice(WORDS);
    return numbers.map((number, index) => `${HEADER[WORDS + index]} ${number}`).join(", ");
}

/** A matrix for people at a terminal. */
export function renderText(matrix: Matrix): string {
    return tables(matrix).map(textTable).join("\n\n");
}

/** A matrix as `docs/matrix.md` has it. */
export function renderMarkdown(matrix: Matrix): string {
    const reports = matrix.cells.flatMap(({ report }) => report ?? []);
    const sent = reports.reduce((sum, report) => sum + report.sent, 0);
    return `# Matrix

Written by \`npm run test:matrix\`, which rotates every kind of sender that can be run against every kind of receiver that
can, while samples flow, each pair in a stack of its own on the sandbox's parts: here ${reports.length} pairs, and ${inWords(sent)}
samples.

${tables(matrix).map(markdownTable).join("\n\n")}
`;
}

const WORDS = 3; // the first columns
const HEADER = ["sender", "receiver", "form", "sent", "lost", "moved (s)", "restarts"];

function tables(matrix: Matrix): readonly Table[] {
    const { cells, controls } = matrix;
    const rotated = { words: WORDS, header: HEADER };
    const all: readonly Table[] = [
        { ...rotated, title: "Rotated", note: NOTES.rotated, rows: cells.map(rowOf) },
        { ...rotated, title: "The control", note: NOTES.control, rows: controls.map(rowOf) },
        recipeTable(matrix),
        misfitTable(matrix),
        programTable(matrix),
    ];
    return all.filter(({ rows }) => rows.length > 0);
}

function recipeTable({ recipe, cells }: Matrix): Table {
    const like = recipe && cells.find(({ pair }) => nameOf(pair) === nameOf(recipe.pair));
    const row = (name: string, count: ScrapeCount | undefined) => [
        ...[name, recipe?.pair.sender ?? "", "nginx"],
        ...(count ? [inWords(count.sent), inWords(count.lost)] : ["failed", ""]),
    ];
    return {
        title: "A published recipe",
        note: NOTES.recipe,
        words: WORDS,
        header: ["rotated by", "sender", "receiver", "sent", "lost"],
        rows: recipe ? [row("the recipe", recipe.count), row("pulumi up", like?.report)] : [],
    };
}

function misfitTable({ misfits = [] }: Matrix): Table {
    return {
        title: "Not rotated",
        note: NOTES.misfits,
        words: 4,
        header: ["sender", "receiver", "form", "why"],
        rows: misfits.map(({ sender, receiver, form, reason }) => [sender, receiver, form, reason]),
    };
}

function programTable({ programs = {} }: Matrix): Table {
    return {
        title: "What ran",
        note: NOTES.programs,
        words: 3,
        header: ["program", "version", "from"],
        rows: Object.entries(programs).map(([name, { version, source }]) => [
            name,
            version,
            source,
        ]),
    };
}

function rowOf({ pair, report }: Cell): readonly string[] {
    const { sender, receiver, form } = pair;
    const what = [sender, receiver, form];
    if (!report) return [...what, "failed", "", "", ""];
    const { sent, lost, movedSeconds, restarted } = report;
    return [
        ...what,
        inWords(sent),
        mayLose(pair) ? `${inWords(lost)} (may lose)` : inWords(lost),
        movedSeconds?.toFixed(1) ?? "-",
        restarted ? "some" : "0",
    ];
}

function inWords(count: number): string {
    return count.toLocaleString("en-US");
}
