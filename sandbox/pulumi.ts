import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/** What the engine reports of its work, as far as we read it (`apitype.EngineEvent` of pulumi 3.259). */
export interface EngineEvent {
    /** Unix seconds. */
    readonly timestamp: number;
    readonly summaryEvent?: { readonly resourceChanges?: Readonly<Record<string, number>> };
    readonly resourcePreEvent?: { readonly metadata: StepMetadata };
    readonly resOutputsEvent?: { readonly metadata: StepMetadata };
}

/** One step of the engine. */
export interface StepMetadata {
    /** Such as `create`, `update` or `same`. */
    readonly op: string;
    readonly urn: string;
    readonly type: string;
}

/** How one run of the engine ended. */
export interface Outcome {
    readonly exitCode: number;
    /** What it printed, both streams. */
    readonly output: string;
    readonly events: readonly EngineEvent[];
    /** How many resources it changed, or would change; 0 when it failed before it could tell. */
    readonly changes: number;
    readonly seconds: number;
}

/** Runs the engine on one project and stack. */
export interface Engine {
    readonly environment: Readonly<Record<string, string>>;
    /** Runs a command to its end; the outcome says how it went. */
    run(...args: readonly string[]): Promise<Outcome>;
    /** Runs a command that must succeed; else throws what it printed. */
    must(...args: readonly string[]): Promise<Outcome>;
}

/** What an {@link Engine} runs with. */
export interface EngineOptions {
    /** The project: the directory of `Pulumi.yaml`. */
    readonly project: string;
    /** Path of the engine's executable. */
    readonly pulumi: string;
    /** Environment beside PATH and HOME. */
    readonly environment: Readonly<Record<string, string>>;
    /** Directory for the logs of events. */
    readonly logs: string;
}

const REPORTING: ReadonlySet<string> = new Set(["preview", "up", "refresh", "destroy"]);

/** An engine for one project and stack; nothing runs yet. */
export function createEngine(options: EngineOptions): Engine {
    let runs = 0;
    const run = async (...args: readonly string[]): Promise<Outcome> => {
        runs += 1;
        await mkdir(options.logs, { recursive: true });
        const log = join(options.logs, `events-${process.pid}-${runs}.json`);
        return runEngine(options, args, log);
    };
    return {
        environment: options.environment,
        run,
        must: async (...args) => {
            const outcome = await run(...args);
            if (outcome.exitCode === 0) return outcome;
            throw new Error(`pulumi ${args.join(" ")} failed:\n${outcome.output.trim()}`);
        },
    };
}

async function runEngine(
    { project, pulumi, environment }: EngineOptions,
    args: readonly string[],
    log: string,
): Promise<Outcome> {
    const reports = REPORTING.has(args[0] ?? "");
    const start = performance.now();
    const { PATH = "", HOME = "" } = process.env;
    const result = await execa(
        pulumi,
        [...args, "--non-interactive", "--color=never", ...(reports ? ["--event-log", log] : [])],
        {
            cwd: project,
            extendEnv: false,
            env: { PATH, HOME, ...environment, PULUMI_DEBUG_COMMANDS: "true" }, // knows --event-log
            stdin: "ignore",
            all: true,
            reject: false,
        },
    );
    const seconds = (performance.now() - start) / 1000;
    const events = reports ? await readEvents(log) : [];
    const exitCode = result.exitCode ?? 1;
    return { exitCode, output: result.all, events, changes: countChanges(events), seconds };
}

async function readEvents(log: string): Promise<readonly EngineEvent[]> {
    const text = await readFile(log, "utf8").catch(() => ""); // none when it failed before the first event
    return text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as EngineEvent);
}

/** The summary of `up` counts what was done; of its own preview there is none, as we run it with `--skip-preview`. */
function countChanges(events: readonly EngineEvent[]): number {
    const summary = events.findLast((event) => event.summaryEvent)?.summaryEvent;
    return Object.entries(summary?.resourceChanges ?? {})
        .filter(([op]) => op !== "same")
        .reduce((sum, [, count]) => sum + count, 0);
}
