import { join } from "node:path";
import type { Sandbox } from "../sandbox.ts";
import { type Measurement, measure, type OnRun } from "./measure.ts";
import { type Operation, OPERATIONS } from "./operations.ts";
import { prepareSubject, type Subject, type SubjectName, SUBJECTS } from "./subjects.ts";
import { startWorld, type World } from "./world.ts";

/** A measurement, and of what it is. */
export interface Sample extends Measurement {
    readonly senders: number;
    /** From 1. All subjects of one run met the same machine within minutes. */
    readonly run: number;
    readonly subject: SubjectName;
    readonly operation: Operation;
}

/** What is measured how often. */
export interface BenchOptions {
    readonly senders: readonly number[];
    /** How many runs with so many senders. */
    readonly runs: (senders: number) => number;
    /** Must be the bench's alone. */
    readonly directory: string;
    readonly tools: Sandbox<never>["tools"];
    /** Told what is about to be done. */
    readonly tell: (line: string) => void;
    /** Told of what must be ended should the bench be: a world, an engine. */
    readonly onWorld: (world: World | undefined) => void;
    readonly onRun: OnRun;
}

/**
 * Measures every subject in turn, each run in a world of its own, as nobody deploys a second time
 * for the first time.
 */
export async function bench(options: BenchOptions): Promise<readonly Sample[]> {
    const samples: Sample[] = [];
    for (const senders of options.senders) {
        const runs = options.runs(senders);
        for (let run = 1; run <= runs; run++) {
            const title = `${senders} ${senders === 1 ? "sender" : "senders"}, run ${run} of ${runs}`;
            options.tell(`${title}: starting the parts`);
            const world = await startWorld(
                join(options.directory, `${senders}-${run}`),
                senders,
                options.tools,
            );
            options.onWorld(world);
            try {
                samples.push(...(await runOnce(world, run, title, options)));
            } finally {
                await world.stop();
                options.onWorld(undefined);
            }
        }
    }
    return samples;
}

async function runOnce(
    world: World,
    run: number,
    title: string,
    { tell, onRun }: BenchOptions,
): Promise<readonly Sample[]> {
    const subjects: Subject[] = [];
    // Who comes first may find files cold, or the processor: each does once in three runs.
    for (const name of rotated(SUBJECTS, run)) subjects.push(await prepareSubject(world, name));
    const samples: Sample[] = [];
    const measureAll = async (operation: Operation) => {
        tell(`${title}: ${operation}`);
        for (const subject of subjects) {
            if (operation === "rotation" && subject.name === "empty") continue;
            const measured = await measure(world, subject, operation, onRun);
            const { senders } = world;
            samples.push({ ...measured, senders, run, subject: subject.name, operation });
        }
    };
    await measureAll("first up");
    // The first rotation drops no generation, as all later ones do: it is left out.
    await measureAll("rotation");
    samples.splice(-subjects.filter(({ name }) => name !== "empty").length);
    for (const operation of OPERATIONS.slice(1)) await measureAll(operation);
    return samples;
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
    const at = by % items.length;
    return [...items.slice(at), ...items.slice(0, at)];
}
