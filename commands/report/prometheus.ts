import * as z from "zod";
import { messageOf } from "../../text/messageOf.ts";
import type { Counted, Counter, Window } from "./traffic.ts";

/** Which Prometheus is asked, and for which of its series. */
export interface Asked {
    /** Where it answers; a path is kept. */
    readonly url: string;
    /** Further matchers of every series, such as `cluster="eu"`; none when left out. */
    readonly select?: string | undefined;
}

/** Requests, and samples sent and lost, in the words of vmauth, Prometheus, vmagent and the collector. */
const QUERIES = {
    requests: ["vmauth_user_requests_total"],
    sent: [
        "prometheus_remote_storage_samples_total",
        "otelcol_exporter_sent_metric_points(_total)?",
    ],
    lost: [
        "prometheus_remote_storage_samples_failed_total",
        "otelcol_exporter_send_failed_metric_points(_total)?",
        "vmagent_remotewrite_samples_dropped_total",
    ],
} as const;

const answerSchema = z.object({
    status: z.literal("success"),
    data: z.object({
        result: z.array(
            z.object({
                metric: z.record(z.string(), z.string()),
                values: z.array(z.tuple([z.number(), z.string()])),
            }),
        ),
    }),
});

const LIMIT_MILLISECONDS = 60_000;

/** What a Prometheus scraped in a window. Throws a one-line error when it does not say. */
export async function askPrometheus(asked: Asked, window: Window): Promise<Counted> {
    const [requests, sent, lost] = await Promise.all([
        ask(asked, QUERIES.requests, window),
        ask(asked, QUERIES.sent, window),
        ask(asked, QUERIES.lost, window),
    ]);
    return { requests, sent, lost };
}

/** Scrapes as they are: a rate that Prometheus makes of them would be none of samples counted. */
async function ask(
    { url, select }: Asked,
    names: readonly string[],
    { from, to }: Window,
): Promise<readonly Counter[]> {
    const matchers = [`__name__=~"${names.join("|")}"`, ...(select ? [select] : [])];
    const query = `{${matchers.join(",")}}[${Math.ceil(to - from)}s]`;
    const parameters = new URLSearchParams({ query, time: to.toFixed(3) });
    let response: Response;
    try {
        response = await fetch(`${url.replace(/\/$/, "")}/api/v1/query`, {
            method: "POST",
            body: parameters,
            signal: AbortSignal.timeout(LIMIT_MILLISECONDS),
        });
    } catch (error) {
        const { message, cause } = error as Error;
        throw new Error(
            `Prometheus does not answer at ${url}: ${cause === undefined ? message : messageOf(cause)}`,
            { cause: error },
        );
    }
    const text = await response.text();
    const answer = answerSchema.safeParse(parse(text)).data;
    if (answer === undefined) {
        throw new Error(`Prometheus at ${url} answered ${response.status}, which is no result`);
    }
    return answer.data.result.map(({ metric, values }) => ({
        labels: metric,
        points: values.map(([at, value]) => [at, Number(value)] as const),
    }));
}

function parse(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return undefined;
    }
}
