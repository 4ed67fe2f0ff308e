import type { Run } from "../runs/engine.ts";
import { countKubernetesCalls } from "./calls.ts";
import { watchProcesses } from "./processes.ts";
import { type Operation, COMMANDS } from "./operations.ts";
import type { Subject } from "./subjects.ts";
import { type Mark, countResources, type Phases, phases, waitedSeconds } from "./timeline.ts";
import type { World } from "./world.ts";

/** What one command of one subject took. */
export interface Measurement {
    /** Without the seconds waited. */
    readonly seconds: number;
    /** For receivers, as they are configured to make it wait. */
    readonly waitedSeconds: number;
    readonly phases: Phases;
    /** How many the program made or had. */
    readonly resources: number;
    /** The engine, the program and all plugins together; undefined where there is no /proc. */
    readonly memoryBytes: number | undefined;
    /** Of the same, likewise. */
    readonly processorSeconds: number | undefined;
    readonly kubernetesCalls: number;
    readonly gitHubCalls: number;
    /** After the command. */
    readonly checkpointBytes: number;
}

/** Told of an engine that runs, so that it can be ended, and of its end. */
export type OnRun = (run: Run | undefined) => void;

/**
 * Runs one command to its end and measures it. Throws when it fails, and when it changed something
 * it must not change, or nothing where it must.
 */
export async function measure(
    world: World,
    subject: Subject,
    operation: Operation,
    onRun: OnRun,
): Promise<Measurement> {
    const { cluster, github, front } = world;
    if (operation === "rotation") await subject.rotate();
    const kubernetesBefore = await countKubernetesCalls(cluster);
    const [gitHubBefore, askedBefore] = [github.requests.length, front.requests.length];
    const marks: Mark[] = [];
    const start = performance.now();
    const run = await subject.engine.start(COMMANDS[operation], (event) => {
        marks.push({ at: performance.now(), event });
    });
    onRun(run);
    const watch = watchProcesses(run.pid);
    const { exitCode, output, changes } = await run.outcome;
    const end = performance.now();
    onRun(undefined);
    const usage = watch.stop();
    if (exitCode !== 0 || changes > 0 !== mustChange(operation)) {
        const fault = exitCode === 0 ? `changed ${changes} resources` : "failed";
        throw new Error(`${subject.name}: ${operation} ${fault}:\n${output.trim()}`);
    }
    const timeline = { start, end, marks, asked: front.requests.slice(askedBefore) };
    const waited = waitedSeconds(timeline);
    return {
        seconds: (end - start) / 1000 - waited,
        waitedSeconds: waited,
        phases: phases(timeline),
        resources: countResources(timeline),
        memoryBytes: usage?.memoryBytes,
        processorSeconds: usage?.processorSeconds,
        kubernetesCalls: (await countKubernetesCalls(cluster)) - kubernetesBefore,
        gitHubCalls: github.requests.length - gitHubBefore,
        checkpointBytes: await subject.checkpointBytes(),
    };
}

function mustChange(operation: Operation): boolean {
    return operation === "first up" || operation === "rotation";
}
