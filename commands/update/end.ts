import { configurationFile } from "../runPulumi.ts";
import { readStatus } from "../readStatus.ts";
import { describeParts } from "../status/describe.ts";

/** How a command that updates ends. */
export interface Ended {
    /** As it was asked to, with nothing to do, half-way, or with all as it was before. */
    readonly outcome: "done" | "nothing" | "unfinished" | "unchanged";
    /** For people, with what to do next. */
    readonly says: string;
}

/** How what a command tells is read. */
export interface Reading {
    /** By machines: one document of JSON at the end, and what people read on standard error. */
    readonly json: boolean;
}

/** Tells people something, when it happens. */
export function tell({ json }: Reading, text: string): void {
    if (json) console.error(text);
    else console.log(text);
}

/** Tells how a command ended, and how receivers and senders stand then. Returns the exit code. */
export async function end(reading: Reading, { outcome, says }: Ended): Promise<number> {
    const isWell = outcome === "done" || outcome === "nothing";
    if (isWell) tell(reading, outcome === "done" ? `\n${says}` : says);
    else console.error(says);
    if (reading.json) {
        const [status, configuration] = [await readStatus(), await configurationFile()];
        console.log(JSON.stringify({ outcome, configuration, status }, undefined, 4));
    } else if (outcome === "done") {
        const parts = describeParts(await readStatus(), process.stdout.columns);
        console.log(`\n${parts.join("\n")}`);
    }
    return isWell ? 0 : 1;
}
