import { messageOf } from "../../text/messageOf.ts";
import { countSamples, firstDelivery, now } from "../../sandbox/runs/measure.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { driftFaultList } from "./drift.ts";
import { elsewhereFaults } from "./elsewhere.ts";
import type { Fault } from "./fault.ts";
import { Field } from "./field.ts";
import { githubFaults } from "./github.ts";
import { killFaults } from "./kill.ts";
import { kubernetesFaults } from "./kubernetes.ts";
import { lostFaults } from "./lost.ts";
import { objectFaults } from "./objects.ts";
import { projectionFaults } from "./projection.ts";
import { receiverFaults } from "./receiver.ts";
import { refusalFaults } from "./refusals.ts";
import { routeFaults } from "./routes.ts";
import type { Result, Run } from "./report.ts";
import { walkFaults } from "./walk.ts";
import { Watcher } from "./watcher.ts";

/**
 * Must be longer than a sender's longest pause, 5 s and more on a busy machine, where the sender may
 * not have seen the last rotation yet. Elsewhere it uses the newest generation, which is never
 * dropped, and nothing hangs on it.
 */
const DISUSE_SECONDS = { overtaken: 15, else: 1 };

/** A fault that is over; its samples are counted when the sender's queue is empty. */
interface Interval extends Pick<Result, "name" | "where" | "recoveredBy" | "error"> {
    readonly from: number;
    readonly to: number;
}

/**
 * Breaks one rotation after the other in a running sandbox while samples flow, and counts them when
 * all is over.
 *
 * @param picked Which faults.
 * @param tell Told of each fault that is over, in a line.
 */
export async function breakAll(
    sandbox: Sandbox,
    picked: (fault: Fault) => boolean,
    tell: (line: string) => void,
): Promise<Run> {
    await sandbox.engine.must("up", "--yes", "--skip-preview");
    const { fleet, tools } = sandbox;
    const [sender, receiver] = await Promise.all([fleet.sender.running, fleet.receiver.running]);
    const field = new Field(sandbox, receiver);
    await field.deployment.configure({
        disuseSeconds: DISUSE_SECONDS.else,
        projectionLimitSeconds: 25,
    });
    await firstDelivery([fleet.store.url]);
    const watcher = new Watcher(field);
    watcher.start();
    const faults = [
        ...(await killFaults(field)),
        ...githubFaults,
        ...kubernetesFaults,
        ...receiverFaults,
        ...projectionFaults,
        ...driftFaultList,
        ...lostFaults,
        ...refusalFaults,
        ...elsewhereFaults,
        ...routeFaults,
        ...objectFaults,
        ...walkFaults,
    ].filter(picked);
    if (faults.length === 0) throw new Error("no fault matches: run without arguments for all");
    const intervals: Interval[] = [];
    for (const [index, fault] of faults.entries()) {
        const interval = await breakOne(fault, field, watcher);
        tell(`${index + 1}/${faults.length} ${describe(interval)}`);
        intervals.push(interval);
    }
    await watcher.stop();
    const count = (from: number, to: number) =>
        countSamples({ sender: sender.url, store: fleet.store.url, from, to });
    const [from = 0, to = 0] = [intervals.at(0)?.from, intervals.at(-1)?.to];
    const { samplesSent, samplesLost } = await count(from, to); // waits for the queue
    const results: Result[] = [];
    for (const { from, to, ...fault } of intervals) {
        results.push({ ...fault, ...(await count(from, to)) });
    }
    return { results, samplesSent, samplesLost, looks: watcher.looks, tools };
}

async function breakOne(fault: Fault, field: Field, watcher: Watcher): Promise<Interval> {
    const from = now();
    let error: string | undefined;
    try {
        const disuseSeconds = DISUSE_SECONDS[fault.overtakes ? "overtaken" : "else"];
        await field.deployment.configure({ disuseSeconds });
        await fault.run(field);
        await watcher.lookAtMirror();
        await field.settle();
        watcher.check(from);
    } catch (thrown) {
        error = messageOf(thrown);
        await field.bump();
        await field.up(); // so that the next starts from a whole one
    }
    const to = now();
    const { name, where } = fault;
    return { name, where, from, to, recoveredBy: field.recoveredBy, error };
}

function describe({ name, where, from, to, recoveredBy, error }: Interval): string {
    const verdict = error === undefined ? `ok, ${recoveredBy}` : `FAILED: ${error}`;
    return `${where}: ${name}: ${(to - from).toFixed(1)} s, ${verdict}`;
}
