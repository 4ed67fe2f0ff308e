import { writeFile } from "node:fs/promises";
import type { Tool } from "../../sandbox/toolchain/toolchain.ts";

/** What came of a fault. */
export interface Result {
    readonly name: string;
    readonly where: string;
    readonly samplesSent: number;
    readonly samplesLost: number;
    readonly recoveredBy: string;
    /** What should have held and did not. */
    readonly error: string | undefined;
}

/** What came of a run. */
export interface Run {
    readonly results: readonly Result[];
    /** From before the first fault to after the last. */
    readonly samplesSent: number;
    readonly samplesLost: number;
    /** How often the sender's credential was tried at the receiver, meanwhile. */
    readonly looks: number;
    readonly tools: Readonly<Record<string, Tool>>;
}

/** What a full run must have seen, so that it proves something. */
export const ENOUGH = { faults: 40, samples: 1_000_000 };

const count = (value: number) => value.toLocaleString("en-US");

/** What is wrong with a run, one line each. */
export function findWrong({ results, samplesSent, samplesLost }: Run, full: boolean): string[] {
    const wrong = results.flatMap(({ name, error }) => (error ? [`${name}: ${error}`] : []));
    const losses = results.filter((result) => result.samplesLost !== 0);
    wrong.push(...losses.map(({ name, samplesLost }) => `${name}: lost ${samplesLost} samples`));
    const silent = results.filter((result) => result.samplesSent <= 0);
    wrong.push(...silent.map(({ name }) => `${name}: no samples flowed`));
    if (samplesLost !== 0) wrong.push(`${samplesLost} samples lost in all`);
    if (full && results.length < ENOUGH.faults) wrong.push(`only ${results.length} faults`);
    if (full && samplesSent < ENOUGH.samples) wrong.push(`only ${samplesSent} samples`);
    return wrong;
}

/** Whether the next plain `pulumi up` finished the job, or none was needed. */
function isPlain({ recoveredBy }: Result): boolean {
    return recoveredBy === "pulumi up" || recoveredBy === "the same update";
}

function recoveries(results: readonly Result[]): string {
    const plain = results.filter(isPlain).length;
    const finishes = "the next plain `pulumi up` finishes the job";
    return plain === results.length
        ? `After each of them ${finishes}`
        : `After ${plain} of them ${finishes}, after the others what the table says`;
}

/** The table, for people at a terminal. */
export function describe(run: Run): string {
    const width = Math.max(...run.results.map(({ name }) => name.length)) + 2;
    const line = (name: string, where: string, sent: string, lost: string, by: string) =>
        name.padEnd(width) + where.padEnd(12) + sent.padStart(10) + lost.padStart(8) + `  ${by}`;
    return [
        line("fault", "where", "sent", "lost", "recovered by"),
        ...run.results.map(({ name, where, samplesSent, samplesLost, recoveredBy, error }) =>
            line(
                name,
                where,
                count(samplesSent),
                count(samplesLost),
                error ? "FAILED" : recoveredBy,
            ),
        ),
        line(
            "in all",
            "",
            count(run.samplesSent),
            count(run.samplesLost),
            `a plain pulumi up after ${run.results.filter(isPlain).length} of ${run.results.length}`,
        ),
    ].join("\n");
}

/**
 * Writes the table as Markdown. Nothing of a day or a machine is in it, but how many samples flowed
 * meanwhile.
 */
export async function writeMarkdown(path: string, run: Run): Promise<void> {
    const rows = run.results.map(
        ({ name, where, samplesSent, samplesLost, recoveredBy, error }) =>
            `| ${name} | ${where} | ${count(samplesSent)} | ${count(samplesLost)} | ${error ? "**failed**" : recoveredBy} |`,
    );
    const parts = Object.values(run.tools).map(({ name, version }) => `${name} ${version}`);
    const text = `# Faults

Written by \`npm run test:faults\`, which breaks one rotation after the other in the sandbox while samples flow.

**${run.results.length} faults, ${count(run.samplesSent)} samples sent, ${count(run.samplesLost)} lost.**

${recoveries(run.results)} ("the same update" in the table: the fault did not even make it fail).
One more changes nothing, and the credential in the sender's file is accepted. All the while, ${count(run.looks)} times in all,
the receiver was asked whether it accepts what the sender's file holds: it never refused. No Secret was seen to hold a
credential that the mirror had not held before.

| fault | where | samples sent | lost | recovered by |
| --- | --- | ---: | ---: | --- |
${rows.join("\n")}

With ${parts.join(", ")}.
GitHub is emulated; the kubelet is the sandbox's own.
`;
    await writeFile(path, text);
}
