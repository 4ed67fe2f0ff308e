import { kindOfReceiver } from "../../kinds/receivers.ts";
import { waitFor } from "../parts/process.ts";
import { now } from "./measure.ts";

const LIMIT_SECONDS = 600; // longer than any rotation

/** Who pushes with what, by the receiver's counters, while a rotation goes on. */
export interface Uses {
    /** When a generation other than this was last pushed with, in Unix seconds; 0 for never. */
    lastOther(label: string): number;
    /** When this was, likewise. */
    last(label: string): number;
    stop(): Promise<void>;
}

/** Looks ten times a second at the counters of a receiver. */
export function watchUses(kind: string, metricsUrl: string): Uses {
    const { countUse } = kindOfReceiver({ kind });
    if (!countUse) throw new Error(`${kind} counts nobody`);
    const seen = new Map<string, { readonly count: number; readonly at: number }>();
    let over = false;
    const look = async () => {
        const text = await (await fetch(metricsUrl)).text();
        for (const [label, count] of countUse(text).requests) {
            const before = seen.get(label);
            if (before?.count === count) continue;
            // What was counted before the first look is nobody's use of now.
            seen.set(label, { count, at: before === undefined ? 0 : now() });
        }
        return over;
    };
    const looking = waitFor("the end of what is watched", look, {
        withinSeconds: LIMIT_SECONDS,
        everySeconds: 0.1,
    });
    const latest = (labels: readonly string[]) =>
        Math.max(0, ...labels.map((label) => seen.get(label)?.at ?? 0));
    return {
        last: (label) => latest([label]),
        lastOther: (label) => latest([...seen.keys()].filter((one) => one !== label)),
        stop: async () => {
            over = true;
            await looking;
        },
    };
}
