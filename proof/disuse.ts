import { setTimeout as pause } from "node:timers/promises";

/** What is watched, and for how long. */
export interface Watch {
    /** The `/metrics` of each vmauth, one a replica. */
    readonly metricsUrls: readonly string[];
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

/** What was seen of one generation. */
export interface Use {
    readonly label: string;
    /** Requests counted while it was watched; 0 proves disuse. */
    readonly requests: number;
}

/**
 * Counts, on vmauth's own counters, the requests made with each generation over a stretch of time.
 *
 * vmauth counts anew when it loads another configuration (1.150). A failed read, or one without a
 * counter for each label, throws an error that names the URL: nothing is proven then.
 */
export async function watchUse(watch: Watch): Promise<readonly Use[]> {
    const { metricsUrls, labels, seconds, everySeconds = 1 } = watch;
    const requests = new Map(labels.map((label) => [label, 0]));
    const end = performance.now() + seconds * 1000;
    let before = await readCounters(metricsUrls, labels);
    do {
        await pause(Math.min(everySeconds * 1000, Math.max(0, end - performance.now())));
        const after = await readCounters(metricsUrls, labels);
        for (const label of labels) {
            const more = after.map((counters, replica) =>
                increase(before[replica], counters, label),
            );
            requests.set(
                label,
                more.reduce((sum, count) => sum + count, requests.get(label) ?? 0),
            );
        }
        before = after;
    } while (performance.now() < end);
    return [...requests].map(([label, count]) => ({ label, requests: count }));
}

/** What one vmauth has counted since it loaded its configuration. */
export interface Counters {
    /** When it loaded it, as it says. */
    readonly loaded: string | undefined;
    /** Requests by label. */
    readonly requests: ReadonlyMap<string, number>;
}

function increase(before: Counters | undefined, after: Counters, label: string): number {
    const anew = before?.loaded !== after.loaded;
    const [from = 0, to = 0] = [before?.requests.get(label), after.requests.get(label)];
    return anew || to < from ? to : to - from;
}

async function readCounters(
    urls: readonly string[],
    labels: readonly string[],
): Promise<readonly Counters[]> {
    return Promise.all(
        urls.map(async (url) => {
            const counters = parseCounters(await readMetrics(url));
            const missing = labels.find((label) => !counters.requests.has(label));
            // vmauth shows a counter for every user it lets in: without one this is another vmauth.
            if (missing !== undefined) throw new Error(`${url} does not count ${missing}`);
            return counters;
        }),
    );
}

async function readMetrics(url: string): Promise<string> {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(
        (cause: unknown) => {
            const { code } = (cause instanceof Error ? (cause.cause ?? cause) : {}) as {
                code?: string;
            };
            throw new Error(`${url} cannot be reached (${code ?? "no answer"})`, { cause });
        },
    );
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.text();
}

/** The counters in the text of a vmauth's `/metrics`. */
export function parseCounters(metrics: string): Counters {
    const series = /^vmauth_user_requests_total\{username="([^"]+)"\} (\d+)$/gm;
    const loaded = /^vmauth_config_last_reload_success_timestamp_seconds (\S+)$/m;
    return {
        loaded: loaded.exec(metrics)?.[1],
        requests: new Map(
            [...metrics.matchAll(series)].map(([, label = "", count]) => [label, Number(count)]),
        ),
    };
}
