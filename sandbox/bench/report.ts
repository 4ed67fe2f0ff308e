import { availableParallelism } from "node:os";
import type { Tool } from "../toolchain/toolchain.ts";
import type { Sample } from "./bench.ts";
import { type Operation, OPERATIONS } from "./operations.ts";
import { Samples } from "./samples.ts";
import { growth } from "./statistics.ts";
import { type SubjectName, SUBJECTS } from "./subjects.ts";
import { type Phases, PHASES } from "./timeline.ts";
import { markdownTable, type Table, textTable } from "./tables.ts";

/** What the program may take, as a multiple of the floor. */
const TARGETS: readonly (readonly [operation: Operation, most: number])[] = [
    ["preview without changes", 1.15],
    ["up without changes", 1.15],
    ["rotation", 1.4],
];
/** With how many senders the targets hold. */
const TARGET_SENDERS = [1, 100];

const NONE = "";
const MEBIBYTE = 1024 * 1024;

/** The measurements for people at a terminal. */
export function renderText(samples: readonly Sample[]): string {
    return tables(new Samples(samples)).map(textTable).join("\n\n");
}

/** The measurements as `docs/bench.md` has them. */
export function renderMarkdown(
    samples: readonly Sample[],
    tools: Readonly<Record<string, Tool>>,
): string {
    const parts = Object.values(tools).map(({ name, version }) => `${name} ${version}`);
    const all = new Samples(samples);
    return `# Bench

Written by \`npm run bench\`, which measures three Pulumi programs on the sandbox's parts: this one, the *floor*, which is
the same resources written by hand in one file (\`sandbox/bench/floor/index.ts\`), without plan, gate, preflight and
record, and an *empty* one. They run in turn, on the same machine within minutes, ${all.describeRuns()};
each run begins with an empty cluster. The state is refreshed every time, as \`Pulumi.yaml\` says.

Seconds say as much of the machine (${availableParallelism()} processors) as of the programs: the ratios are what to read. They are the
median of the ratios within each run, everything else is the median of the runs. What is configured to be waited is
not counted: \`disuseSeconds\`, and the time in which the engine has nothing to do but to wait for the gate, which asks a
vmauth that looks at its file once a second and holds back its answer to a wrong credential for 2 to 3 s.

${tables(all).map(markdownTable).join("\n\n")}

With ${parts.join(", ")}.
GitHub is emulated and answers within milliseconds; the kubelet is the sandbox's own. The engine's language host has Node
keep compiled code, for all three programs.
`;
}

function tables(samples: Samples): readonly Table[] {
    const all = [targets, seconds, furtherSenders, spending, remainder, resources, waits];
    return all.map((table) => table(samples)).filter(({ rows }) => rows.length > 0);
}

function targets(samples: Samples): Table {
    const rows = TARGETS.flatMap(([operation, most]) =>
        TARGET_SENDERS.flatMap((senders) => {
            const ratio = samples.ratio(senders, operation, "program", "floor");
            if (ratio === undefined) return [];
            const met = ratio <= most ? "yes" : "no";
            return [[`${operation}, ${senders}`, ratio.toFixed(2), most.toFixed(2), met]];
        }),
    );
    return {
        title: "The program as a multiple of the floor",
        header: ["command, senders", "measured", "at most", "met"],
        rows,
    };
}

function seconds(samples: Samples): Table {
    const rows = OPERATIONS.flatMap((operation) =>
        samples.senders.map((senders) => [
            `${operation}, ${senders}`,
            ...SUBJECTS.map((subject) =>
                fixed(
                    samples.median(senders, operation, subject, (one) => one.seconds),
                    2,
                ),
            ),
            fixed(samples.ratio(senders, operation, "program", "floor"), 2),
            fixed(samples.ratio(senders, operation, "floor", "empty"), 2),
        ]),
    );
    const header = ["command, senders", ...SUBJECTS, "program / floor", "floor / empty"];
    return { title: "Seconds", header, rows };
}

function furtherSenders(samples: Samples): Table {
    const steps = samples.senders
        .slice(1)
        .map((senders, index) => `${samples.senders[index] ?? 0} to ${senders}`);
    const rows = OPERATIONS.flatMap((operation) =>
        (["floor", "program"] as const).map((subject) => {
            const points = samples.senders.map((senders) => {
                const value = samples.median(senders, operation, subject, (one) => one.seconds);
                return [senders, (value ?? 0) * 1000] as const;
            });
            return [`${operation}, ${subject}`, ...growth(points).map((value) => fixed(value, 1))];
        }),
    );
    return {
        title: "Milliseconds that each further sender takes",
        note: "The same in every column where growth is linear.",
        header: ["command", ...steps],
        rows: steps.length === 0 ? [] : rows,
    };
}

function spending(samples: Samples): Table {
    const of = (senders: number, operation: Operation, subject: SubjectName, phase: keyof Phases) =>
        samples.median(senders, operation, subject, (one) => one.phases[phase]);
    return {
        title: "Where the seconds go, floor / program",
        note:
            "Engine: until it has read the state. Refresh: until it has asked for every resource. Program: until its first " +
            "resource, so Node, the SDK, what is imported, and here the state read back, GitHub asked about the repository " +
            "and the receivers about their guard. Resources: from the first to the last. Ending: the rest.",
        header: ["command, senders", ...PHASES],
        rows: targeted(samples, (senders, operation) =>
            PHASES.map((phase) =>
                both((subject) => fixed(of(senders, operation, subject, phase), 2)),
            ),
        ),
    };
}

/** What the ratio is spent on. */
function remainder(samples: Samples): Table {
    return {
        title: "Milliseconds the program takes longer than the floor",
        note:
            "By the same phases, the median of the differences within each run. The program's state has components and two " +
            "stashes more, which the engine reads and refreshes. Before its first resource the program asks what the floor " +
            "does not ask; from there on a sender is three resources, not two, and has a hook.",
        header: ["command, senders", ...PHASES, "all"],
        rows: targeted(samples, (senders, operation) => {
            const more = (seconds: (sample: Sample) => number) => {
                const pair = ["program", "floor"] as const;
                const subtract = (one: Sample, other: Sample) => seconds(one) - seconds(other);
                const median = samples.compare(senders, operation, pair, subtract);
                return fixed(median && median * 1000, 0);
            };
            return [
                ...PHASES.map((phase) => more(({ phases }) => phases[phase])),
                more(({ seconds }) => seconds),
            ];
        }),
    };
}

/** Rows for all that has a target. */
function targeted(
    samples: Samples,
    cells: (senders: number, operation: Operation) => readonly string[],
): Table["rows"] {
    return TARGETS.flatMap(([operation]) =>
        TARGET_SENDERS.filter((senders) => samples.senders.includes(senders)).map((senders) => [
            `${operation}, ${senders}`,
            ...cells(senders, operation),
        ]),
    );
}

function resources(samples: Samples): Table {
    const columns: readonly (readonly [string, (sample: Sample) => number | undefined, number])[] =
        [
            ["processor seconds", ({ processorSeconds }) => processorSeconds, 1],
            ["resources", (one) => one.resources, 0],
            ["MiB", ({ memoryBytes }) => memoryBytes && memoryBytes / MEBIBYTE, 0],
            ["checkpoint, KiB", ({ checkpointBytes }) => checkpointBytes / 1024, 0],
            ["Kubernetes", ({ kubernetesCalls }) => kubernetesCalls, 0],
            ["GitHub", ({ gitHubCalls }) => gitHubCalls, 0],
        ];
    const rows = OPERATIONS.flatMap((operation) =>
        samples.senders.map((senders) => [
            `${operation}, ${senders}`,
            ...columns.map(([, value, digits]) =>
                both((name) => fixed(samples.median(senders, operation, name, value), digits)),
            ),
        ]),
    );
    return {
        title: "Processors, memory, state and calls, floor / program",
        note:
            "Memory is the most that each process had resident, the engine's, the program's and the plugins' together, " +
            "what they share counted for each. Calls are requests for Secrets, ConfigMaps and events, and all to GitHub.",
        header: ["command, senders", ...columns.map(([name]) => name)],
        rows,
    };
}

function waits(samples: Samples): Table {
    return {
        title: "Seconds waited, and not counted above",
        header: ["command, senders", "program"],
        rows: (["first up", "rotation"] as const).flatMap((operation) =>
            samples.senders.map((senders) => [
                `${operation}, ${senders}`,
                fixed(
                    samples.median(senders, operation, "program", (one) => one.waitedSeconds),
                    1,
                ),
            ]),
        ),
    };
}

/** The floor's and the program's, in one cell. */
function both(cell: (subject: SubjectName) => string): string {
    return [cell("floor"), cell("program")].filter((text) => text !== NONE).join(" / ");
}

function fixed(value: number | undefined, digits: number): string {
    return value === undefined ? NONE : value.toFixed(digits);
}
