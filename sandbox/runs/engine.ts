import { mkdir } from "node:fs/promises";
import { execa } from "execa";
import { receiveEvents } from "./events.ts";

/**
 * What the engine reports of its work, as far as we read it (`apitype.EngineEvent` of pulumi
 * 3.259).
 */
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

/** A run of the engine under way, in a process group of its own: its id is the group's too. */
export interface Run {
    readonly pid: number;
    readonly outcome: Promise<Outcome>;
}

/** Runs the engine on one project and stack. */
export interface Engine {
    readonly environment: Readonly<Record<string, string>>;
    /** Runs a command to its end; the outcome says how it went. */
    run(...args: readonly string[]): Promise<Outcome>;
    /** Starts a command, and tells of events as they come. Unlike `run`, it goes on when we end. */
    start(args: readonly string[], onEvent: (event: EngineEvent) => void): Promise<Run>;
    /** Runs a command that must succeed; else throws what it printed. */
    must(...args: readonly string[]): Promise<Outcome>;
    /** The same engine with other values in its environment, such as another stack. */
    withEnvironment(changes: Readonly<Record<string, string>>): Engine;
}

/** What an {@link Engine} runs with. */
export interface EngineOptions {
    /** The project: the directory of `Pulumi.yaml`. */
    readonly project: string;
    /** Path of the engine's executable. */
    readonly pulumi: string;
    /** Environment beside PATH and HOME. */
    readonly environment: Readonly<Record<string, string>>;
    /**
     * Directory for temporary files: the Kubernetes provider 4.34 leaves a kubeconfig, with its
     * key, at every run.
     */
    readonly temporary: string;
}

const REPORTING: ReadonlySet<string> = new Set(["preview", "up", "refresh", "destroy"]);

/** An engine for one project and stack; nothing runs yet. */
export function createEngine(options: EngineOptions): Engine {
    const run = async (...args: readonly string[]) => (await startEngine(options, args)).outcome;
    return {
        environment: options.environment,
        run,
        start: (args, onEvent) => startEngine(options, args, onEvent),
        must: async (...args) => {
            const outcome = await run(...args);
            if (outcome.exitCode === 0) return outcome;
            throw new Error(`pulumi ${args.join(" ")} failed:\n${outcome.output.trim()}`);
        },
        withEnvironment: (changes) =>
            createEngine({ ...options, environment: { ...options.environment, ...changes } }),
    };
}

async function startEngine(
    { project, pulumi, environment, temporary }: EngineOptions,
    args: readonly string[],
    onEvent?: (event: EngineEvent) => void,
): Promise<Run> {
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    const receiver = await receiveEvents<EngineEvent>(onEvent);
    const reports = REPORTING.has(args[0] ?? "") ? ["--event-log", receiver.address] : [];
    const { PATH = "", HOME = "" } = process.env;
    const start = performance.now();
    const running = execa(pulumi, [...args, "--non-interactive", "--color=never", ...reports], {
        cwd: project,
        extendEnv: false,
        // The engine knows --event-log only when it may be debugged.
        env: { PATH, HOME, TMPDIR: temporary, ...environment, PULUMI_DEBUG_COMMANDS: "1" },
        stdin: "ignore",
        all: true,
        reject: false,
        detached: onEvent !== undefined,
    });
    const end = async (): Promise<Outcome> => {
        try {
            const { exitCode = 1, all: output } = await running;
            const seconds = (performance.now() - start) / 1000;
            const { events } = receiver;
            return { exitCode, output, events, changes: countChanges(events), seconds };
        } finally {
            receiver.stop();
        }
    };
    const outcome = end();
    if (running.pid === undefined) throw new Error(`pulumi: ${(await outcome).output}`);
    return { pid: running.pid, outcome };
}

/**
 * The summary of `up` counts what was done; of its own preview there is none, as we run it with
 * `--skip-preview`.
 */
function countChanges(events: readonly EngineEvent[]): number {
    const summary = events.findLast((event) => event.summaryEvent)?.summaryEvent;
    return Object.entries(summary?.resourceChanges ?? {})
        .filter(([op]) => op !== "same")
        .reduce((sum, [, count]) => sum + count, 0);
}
