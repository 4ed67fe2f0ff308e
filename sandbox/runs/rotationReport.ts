import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import projectJson from "../../package.json" with { type: "json" };
import sandboxJson from "../package.json" with { type: "json" };
import type { Count } from "./measure.ts";
import type { Tool } from "../toolchain/toolchain.ts";

/** What `npm start` found; `.sandbox/report.json` holds it. No secret is in it. */
export interface Report {
    readonly rotation: Count & {
        /** Labels of the generations. */
        readonly from: string;
        readonly to: string;
        /** How long `pulumi up` took. */
        readonly upSeconds: number;
        /** From the start of `pulumi up` to the first push with the new generation. */
        readonly switchSeconds: number;
    };
    /** The same parts, rotated by hand. */
    readonly control: Count;
    /** What a second `pulumi up` changed. */
    readonly secondUpChanges: number;
    /** Commits that touch the sealed file. */
    readonly mirrorCommits: number;
    /** Path of the page that `npm run report` would write of it. */
    readonly page: string;
    readonly parts: Readonly<Record<string, { version: string; source: Tool["source"] }>>;
}

/** Which versions ran, and where each came from. */
export function listParts(tools: Readonly<Record<string, Tool>>): Report["parts"] {
    const { emulate } = sandboxJson.devDependencies;
    const { node } = projectJson.dependencies;
    return {
        ...Object.fromEntries(
            Object.values(tools).map(({ name, version, source }) => [name, { version, source }]),
        ),
        github: { version: emulate, source: "package" },
        node: { version: node, source: "package" },
    };
}

/** Writes the report into a sandbox's directory. */
export async function writeReport(directory: string, report: Report): Promise<void> {
    await writeFile(join(directory, "report.json"), `${JSON.stringify(report, undefined, 4)}\n`);
}

/** What is wrong with a run, one sentence each: empty when the rotation did what it promises. */
export function findFaults({
    rotation,
    control,
    secondUpChanges,
    mirrorCommits,
}: Report): string[] {
    const expectations: readonly (readonly [boolean, string])[] = [
        [
            rotation.samplesSent > 0,
            "nothing was sent during the rotation: there is nothing to judge",
        ],
        [rotation.samplesLost === 0, `the rotation lost ${rotation.samplesLost} samples`],
        [control.samplesLost > 0, "the control lost nothing: the measurement proves nothing"],
        [secondUpChanges === 0, `a second pulumi up changed ${secondUpChanges} resources`],
        [mirrorCommits === 2, `the mirror has ${mirrorCommits} commits of the sealed file, not 2`],
    ];
    return expectations.filter(([holds]) => !holds).map(([, fault]) => fault);
}

/** The report for people. */
export function describeReport({ rotation, control, mirrorCommits, page }: Report): string {
    const count = (value: number) => value.toLocaleString("en-US");
    const row = (name: string, { samplesSent, samplesStored, samplesLost }: Count) =>
        `  ${name.padEnd(28)}${count(samplesSent).padStart(10)}${count(samplesStored).padStart(10)}` +
        count(samplesLost).padStart(10);
    return [
        `Rotated ${rotation.from} to ${rotation.to} in ${rotation.upSeconds.toFixed(1)} s; the sender pushed ` +
            `with it ${rotation.switchSeconds.toFixed(1)} s after the start, without a restart or a reload.`,
        "",
        `  ${"samples".padEnd(28)}${["sent", "stored", "lost"].map((name) => name.padStart(10)).join("")}`,
        row("pulumi up", rotation),
        row("by hand, for comparison", control),
        "",
        `The mirror holds ${mirrorCommits} commits, one a generation, encrypted. Look at it: ${relative(process.cwd(), page)}`,
    ].join("\n");
}
