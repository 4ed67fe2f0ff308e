import { execa } from "execa";

/** What came of a step, or of a job. */
export type Outcome = "success" | "failure" | "skipped";

/** A job as it ran. */
export interface JobRun {
    readonly name: string;
    readonly outcome: Outcome;
    /** What each step came to, by its name, in order; those that were skipped are not here. */
    readonly steps: readonly (readonly [name: string, outcome: Outcome])[];
    /** What its steps printed. */
    readonly output: string;
    /** What a reader sees first: `::error::`. */
    readonly errors: readonly string[];
}

/** A line of what act 0.2.89 reports with `--json`. */
interface Entry {
    readonly job?: string;
    readonly jobResult?: Outcome;
    readonly msg: string;
    readonly raw_output?: boolean;
    readonly stage?: string;
    readonly step?: string;
    /** Of a step in a composite action two. */
    readonly stepID?: readonly string[];
    readonly stepResult?: Outcome;
    readonly command?: string;
    readonly arg?: string;
}

/** What act runs with. */
export interface ActOptions {
    readonly act: string;
    readonly args: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    /** Told of each step that ends. */
    readonly onStep: (line: string) => void;
}

/** Runs a workflow's jobs on this machine; throws what act says when it runs none. */
export async function runAct({ act, args, environment, onStep }: ActOptions): Promise<JobRun[]> {
    const entries: Entry[] = [];
    const running = execa(act, args, {
        extendEnv: false,
        env: environment,
        reject: false,
        stdin: "ignore",
        all: true,
    });
    const said: string[] = [];
    for await (const line of running.iterable({ from: "all" })) {
        const entry = parse(line);
        if (!entry) {
            said.push(line);
            continue;
        }
        entries.push(entry);
        if (isStep(entry)) onStep(`${firstLine(entry.step)}: ${entry.stepResult ?? ""}`);
    }
    const jobs = [...new Set(entries.flatMap(({ job }) => job ?? []))];
    if (jobs.length === 0 && said.some((line) => line.startsWith("Error: "))) {
        throw new Error(`act: ${said.join(" ")}`);
    }
    return jobs.map((name) =>
        describeJob(
            name,
            entries.filter(({ job }) => job === name),
        ),
    );
}

function parse(line: string): Entry | undefined {
    return line.startsWith("{") ? (JSON.parse(line) as Entry) : undefined;
}

/** Whether it is the end of a step of the workflow itself. */
function isStep({ stage, stepID, stepResult }: Entry): boolean {
    return stage === "Main" && stepID?.length === 1 && stepResult !== undefined;
}

function describeJob(name: string, entries: readonly Entry[]): JobRun {
    const steps = entries
        .filter(isStep)
        .map(({ step, stepResult = "skipped" }) => [firstLine(step), stepResult] as const);
    return {
        name,
        steps: steps.filter(([, outcome]) => outcome !== "skipped"),
        outcome: entries.findLast(({ jobResult }) => jobResult)?.jobResult ?? "skipped",
        output: entries.flatMap((entry) => (entry.raw_output ? entry.msg : [])).join(""),
        errors: entries.flatMap(({ command, arg }) => (command === "error" && arg ? arg : [])),
    };
}

/** A step without a name has its script for one. */
function firstLine(step = ""): string {
    return step.trim().split("\n", 1)[0] ?? "";
}
