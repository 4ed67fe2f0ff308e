import { markdownTable, type Table, textTable } from "../bench/tables.ts";
import type { TrialReport } from "../runs/trial.ts";
import { mayLose, type Pair } from "./pairs.ts";

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
}

/** What is wrong with a matrix, a line each; nothing where it shows what it should. */
export function findFaults({ cells, controls }: Matrix): readonly string[] {
    return [
        ...[...cells, ...controls].flatMap(({ pair, report }) =>
            report ? [] : [`${nameOf(pair)} could not be rotated`],
        ),
        ...cells.flatMap(({ pair, report }) =>
            !report || report.lost === 0 || mayLose(pair)
                ? []
                : [`${nameOf(pair)} lost ${inWords(report.lost)} samples`],
        ),
        ...controls.flatMap(({ pair, report }) =>
            report?.lost === 0
                ? [`the control of ${nameOf(pair)} lost nothing: the measurement proves nothing`]
                : [],
        ),
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
    return `# Matrix

Written by \`npm run test:matrix\`, which rotates every kind of sender that can be run against every kind of receiver that
can, while samples flow, each pair in a stack of its own on the sandbox's parts.

${tables(matrix).map(markdownTable).join("\n\n")}
`;
}

const WORDS = 3; // the first columns
const HEADER = ["sender", "receiver", "form", "sent", "lost", "moved (s)", "restarts"];

function tables({ cells, controls }: Matrix): readonly Table[] {
    const all: readonly Table[] = [
        {
            title: "Rotated",
            note: `Once the sender has moved, the receiver is told by hand to refuse the former credential, so that a sender that
pushes with it still would lose what it sends. *Moved* is the time from the change of the sender's files to its last push
with the former generation, by the receiver's counters; htpasswd and Prometheus have none. *May lose*: a username a
generation, which these senders read from another file than the password, so that a push between both is refused
([Receivers](receivers.md#a-username-a-generation) says how seldom).`,
            words: WORDS,
            header: HEADER,
            rows: cells.map(rowOf),
        },
        {
            title: "The control",
            note: `The receiver is told by hand to refuse the former credential some seconds before the sender has the new one. Were
nothing lost here, the run would fail.`,
            words: WORDS,
            header: HEADER,
            rows: controls.map(rowOf),
        },
    ];
    return all.filter(({ rows }) => rows.length > 0);
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
