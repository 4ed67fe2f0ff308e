import { waitFor } from "../parts/process.ts";
import { query } from "../parts/prometheusPart.ts";

const JOB = 'job="exporter"';

/** Senders hold a sample back for 5 s at most to fill a batch (`batch_send_deadline`). */
const BATCH_SECONDS = 5;

/** Unix time in seconds. */
export function now(): number {
    return Date.now() / 1000;
}

/**
 * The samples of the job a Prometheus holds from an interval: after `from`, up to and including
 * `to`.
 */
export async function countHeld(url: string, from: number, to: number): Promise<number> {
    const range = `[${Math.round((to - from) * 1000)}ms]`;
    let held = 0;
    // Metric by metric: a count has no metric name, so that of `up` would collide with that of the
    // scrape's duration.
    for (const name of await listMetrics(url)) {
        const expression = `sum(count_over_time(${name}{${JOB}}${range}))`;
        held += (await query(url, expression, to)) ?? 0;
    }
    return held;
}

/** Names of the metrics of the job. */
async function listMetrics(url: string): Promise<readonly string[]> {
    const parameters = new URLSearchParams({ "match[]": `{${JOB}}` });
    const response = await fetch(`${url}/api/v1/label/__name__/values?${parameters.toString()}`);
    if (!response.ok) throw new Error(`the names of metrics: ${response.status}`);
    return ((await response.json()) as { data: string[] }).data;
}

/** Waits until every store holds a sample; resolves to the moment. */
export async function firstDelivery(stores: readonly string[]): Promise<number> {
    for (const store of stores) {
        const held = async () => (await countHeld(store, now() - 60, now())) > 0;
        await waitFor("the first sample in the store", held, {
            withinSeconds: 60,
            everySeconds: 0.2,
        });
    }
    return now();
}

/**
 * Waits until the sender has scraped so many samples since `from`; resolves to the moment.
 *
 * @param onCount Told how many there are, until there are enough.
 */
export async function waitForSamples(
    sender: string,
    from: number,
    samples: number,
    onCount: (held: number) => void = () => undefined,
): Promise<number> {
    return waitFor(
        `${samples} samples`,
        async () => {
            const to = now();
            const held = await countHeld(sender, from, to);
            if (held >= samples) return to;
            onCount(held);
            return undefined;
        },
        { withinSeconds: 120, everySeconds: 0.5 },
    );
}

/** How many samples were sent and stored over one interval. */
export interface Count {
    readonly samplesSent: number;
    readonly samplesStored: number;
    readonly samplesLost: number;
}

/** Where to count. */
export interface CountOptions {
    /** Base URLs of the sender and of the store behind the receiver. */
    readonly sender: string;
    readonly store: string;
    /** The interval, in Unix seconds: after `from`, up to and including `to`. */
    readonly from: number;
    readonly to: number;
}

/**
 * Counts every sample the sender scraped in an interval, and those of them the store holds, once
 * the sender has given up or delivered all of them. Fails when that takes longer than a minute.
 */
export async function countSamples({ sender, store, from, to }: CountOptions): Promise<Count> {
    await waitFor("the sender's queue to drain", () => hasDrained(sender, to), {
        withinSeconds: 60,
        everySeconds: 0.5,
    });
    const samplesSent = await countHeld(sender, from, to);
    const samplesStored = await countHeld(store, from, to);
    return { samplesSent, samplesStored, samplesLost: samplesSent - samplesStored };
}

/**
 * The highest timestamp a queue sent moves on when a batch is refused too: it says "dealt with",
 * not "delivered".
 */
async function hasDrained(sender: string, to: number): Promise<boolean> {
    const sent = await readMetrics(
        sender,
        "prometheus_remote_storage_queue_highest_sent_timestamp_seconds",
    );
    return sent.length > 0 && Math.min(...sent) > to + BATCH_SECONDS;
}

/** The requests a vmauth has let through with one generation, so far. */
export async function countRequests(receiver: string, generation: string): Promise<number> {
    const [requests] = await readMetrics(
        receiver,
        `vmauth_user_requests_total{username="${generation}"`,
    );
    return requests ?? 0;
}

/** A series of a part's own metrics. */
export interface Series {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
}

/** All series of a name. */
export async function readSeries(url: string, name: string): Promise<readonly Series[]> {
    const lines = (await readLines(url)).filter((line) => /^[^{ ]*/.exec(line)?.[0] === name);
    return lines.map((line) => ({
        name,
        labels: Object.fromEntries(
            [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", value = ""]) => [
                label,
                value,
            ]),
        ),
        value: valueIn(line),
    }));
}

/** The values of all series whose name, labels included, begins with `prefix`. */
export async function readMetrics(url: string, prefix: string): Promise<number[]> {
    return (await readLines(url)).filter((line) => line.startsWith(prefix)).map(valueIn);
}

async function readLines(url: string): Promise<readonly string[]> {
    const response = await fetch(new URL("/metrics", url));
    if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
    return (await response.text()).split("\n");
}

function valueIn(line: string): number {
    return Number(line.slice(line.lastIndexOf(" ")));
}
