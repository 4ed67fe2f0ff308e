import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Count } from "./measure.ts";
import type { Report } from "./rotationReport.ts";

/** What `npm run drill` found; `.sandbox/drill.json` holds it. No secret is in it. */
export interface DrillReport {
    /** Labels of the generation that was recovered, and of the one rotated to afterwards. */
    readonly recovered: string;
    readonly next: string;
    readonly seconds: {
        /** How long `npm run recover` took. */
        readonly recover: number;
        /** How long the empty cluster took, and `kubectl apply`. */
        readonly restore: number;
        /** From the loss to the first sample that arrived again. */
        readonly outage: number;
        /** How long a new stack took, from nothing to the end of its first `pulumi up`. */
        readonly adopt: number;
        /** How long its first rotation took. */
        readonly rotate: number;
    };
    /** What was scraped in the outage, and what of it is stored in the end. */
    readonly outage: Count & {
        /** What of it was stored when the outage was about to end. */
        readonly storedMeanwhile: number;
    };
    /** From before the loss until after the rotation. */
    readonly whole: Count;
    /**
     * What happened to the receiver until the recovered credential was accepted; empty when nobody
     * touched it.
     */
    readonly touched: readonly string[];
    /** What another `pulumi up` changed after the rotation. */
    readonly secondUpChanges: number;
    readonly parts: Report["parts"];
}

/** Writes the report into a sandbox's directory. */
export async function writeDrillReport(directory: string, report: DrillReport): Promise<void> {
    await writeFile(join(directory, "drill.json"), `${JSON.stringify(report, undefined, 4)}\n`);
}

/** What is wrong with a drill, one sentence each: empty when all was recovered. */
export function findDrillFaults(report: DrillReport): string[] {
    const { outage, whole, touched, secondUpChanges } = report;
    const expectations: readonly (readonly [boolean, string])[] = [
        [outage.samplesSent > 0, "nothing was scraped in the outage: there is nothing to judge"],
        [
            outage.storedMeanwhile < outage.samplesSent / 2,
            "samples arrived in the outage: nothing was lost in the first place",
        ],
        [outage.samplesLost === 0, `${outage.samplesLost} samples of the outage are lost`],
        [whole.samplesLost === 0, `${whole.samplesLost} samples are lost`],
        [touched.length === 0, `the receiver was touched: ${touched.join(", ")}`],
        [secondUpChanges === 0, `a second pulumi up changed ${secondUpChanges} resources`],
    ];
    return expectations.filter(([holds]) => !holds).map(([, fault]) => fault);
}

/** The report for people. */
export function describeDrill(report: DrillReport): string {
    const { recovered, next, seconds, outage, whole, touched } = report;
    const receiver = touched.length === 0 ? "a receiver nobody touched" : "its receiver";
    const count = (value: number) => value.toLocaleString("en-US").padStart(10);
    const step = (name: string, value: number) =>
        `  ${name.padEnd(48)}${value.toFixed(1).padStart(10)}`;
    const row = (name: string, { samplesSent, samplesStored, samplesLost }: Count) =>
        `  ${name.padEnd(28)}${[samplesSent, samplesStored, samplesLost].map(count).join("")}`;
    return [
        `Lost the cluster, the state and the sender's credential; samples arrived again ${seconds.outage.toFixed(1)} s later, ` +
            `with ${recovered} from the mirror, at ${receiver}.`,
        "",
        `  ${"step".padEnd(48)}${"seconds".padStart(10)}`,
        step("npm run recover, from the mirror alone", seconds.recover),
        step("an empty cluster, and kubectl apply", seconds.restore),
        step(`a new stack that adopts ${recovered}`, seconds.adopt),
        step(`rotating it to ${next}`, seconds.rotate),
        "",
        `  ${"samples".padEnd(28)}${["sent", "stored", "lost"].map((name) => name.padStart(10)).join("")}`,
        row("scraped in the outage", outage),
        row("from before it to the end", whole),
        "",
        `Of the outage's samples ${outage.storedMeanwhile.toLocaleString("en-US")} were stored while it lasted; the sender kept the rest in its WAL.`,
    ].join("\n");
}
