import { setTimeout as pause } from "node:timers/promises";
import { describeFailure } from "./failure.ts";
import { messageOf } from "../text/messageOf.ts";
import { READ_SECONDS, readText, type TextAnswer } from "./readText.ts";

/** What is watched, and for how long. */
export interface Watch {
    /** The counters of each receiver, one a replica. */
    readonly counters: readonly CounterSource[];
    /** Labels of the generations to watch. */
    readonly labels: readonly string[];
    /**
     * Seconds without a request that prove disuse: longer than the slowest sender's pause between
     * two pushes.
     */
    readonly seconds: number;
    /** Seconds between two looks. Defaults to 1. */
    readonly everySeconds?: number;
}

/** Counters of one replica. */
export interface CounterSource {
    /** Its `/metrics`. */
    readonly url: string;
    /** The authorities to believe there, in PEM. Defaults to Node's. */
    readonly authorities?: string | undefined;
    /** Reads the counters in their text; throws what that is instead, such as `is no listing`. */
    readonly parse: (metrics: string) => Counters;
}

/** What was seen of one generation. */
export interface Use {
    readonly label: string;
    /** Requests counted while it was watched; 0 proves disuse. */
    readonly requests: number;
}

/**
 * Counts, on the receivers' own counters, the requests made with each generation over a stretch of time.
 *
 * vmauth counts anew when it loads another configuration (1.150). A failed read, one without a
 * counter for each label, and counters that never move throw an error that names the URL: nothing is
 * proven then.
 */
export async function watchUse(watch: Watch): Promise<readonly Use[]> {
    const { counters, labels, seconds, everySeconds = 1 } = watch;
    const requests = new Map(labels.map((label) => [label, 0]));
    const end = performance.now() + seconds * 1000;
    let before = await readCounters(counters, labels);
    let counted = before.every(({ counts }) => counts !== "once used");
    do {
        await pause(Math.min(everySeconds * 1000, Math.max(0, end - performance.now())));
        const after = await readCounters(counters, labels);
        counted ||= after.some((one, replica) => hasCounted(before[replica], one));
        for (const label of labels) {
            const more = after.map((counted, replica) => increase(before[replica], counted, label));
            requests.set(
                label,
                more.reduce((sum, count) => sum + count, requests.get(label) ?? 0),
            );
        }
        before = after;
    } while (performance.now() < end);
    if (!counted) {
        const urls = counters.map(({ url }) => url).join(" and ");
        throw new Error(`${urls} counted nobody at all in ${seconds} s, not those who push either`);
    }
    return [...requests].map(([label, count]) => ({ label, requests: count }));
}

/** What one replica has counted since it loaded its configuration. */
export interface Counters {
    /** When it loaded it, as it says: it may count anew from then on. */
    readonly loaded: string | undefined;
    /** Requests by label. */
    readonly requests: ReadonlyMap<string, number>;
    /**
     * Whether there is a counter for everybody who is let in, or one as soon as somebody pushes:
     * then none is a count of 0, and proves something only while others are counted. Defaults to
     * the former.
     */
    readonly counts?: "always" | "once used";
}

function hasCounted(before: Counters | undefined, after: Counters): boolean {
    if (after.counts !== "once used") return false;
    return [...after.requests].some(([label, count]) => count !== before?.requests.get(label));
}

function increase(before: Counters | undefined, after: Counters, label: string): number {
    const anew = before?.loaded !== after.loaded;
    const [from = 0, to = 0] = [before?.requests.get(label), after.requests.get(label)];
    return anew || to < from ? to : to - from;
}

async function readCounters(
    sources: readonly CounterSource[],
    labels: readonly string[],
): Promise<readonly Counters[]> {
    return Promise.all(
        sources.map(async ({ url, authorities, parse }) => {
            const counters = parseAt(url, await readMetrics(url, authorities), parse);
            if (counters.counts === "once used") return counters;
            const missing = labels.find((label) => !counters.requests.has(label));
            // There is a counter for everybody who is let in: without one this is another receiver.
            if (missing !== undefined) throw new Error(`${url} does not count ${missing}`);
            return counters;
        }),
    );
}

function parseAt(url: string, text: string, parse: CounterSource["parse"]): Counters {
    try {
        return parse(text);
    } catch (cause) {
        throw new Error(`${url} ${messageOf(cause)}`, { cause });
    }
}

async function readMetrics(url: string, authorities: string | undefined): Promise<string> {
    let answer: TextAnswer;
    try {
        answer = await readText(new URL(url), authorities);
    } catch (cause) {
        const reason = describeFailure(cause, READ_SECONDS).replace(/^it /, "");
        throw new Error(`${url} ${reason}`, { cause });
    }
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
    return answer.text;
}
