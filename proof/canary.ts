import { setTimeout as pause } from "node:timers/promises";
import { describeFailure } from "./failure.ts";
import { probe } from "./probe.ts";
import { READ_SECONDS, readText } from "./readText.ts";
import { encodeWriteRequest } from "./writeRequest.ts";

const METRIC = "prometheus_write_secret_rotated_timestamp_seconds";

/** A sample that proves a credential end to end. */
export interface Canary {
    /**
     * Where to push, and where to query what was pushed (a Prometheus-compatible `/api/v1/query`).
     */
    readonly url: string;
    readonly queryUrl: string;
    readonly token: string;
    /** The username of basic authentication. Defaults to none: a bearer token. */
    readonly username?: string | undefined;
    /** The authorities to believe at both, in PEM. Defaults to Node's. */
    readonly authorities?: string | undefined;
    /** The stack and the generation: the sample's labels. */
    readonly stack: string;
    readonly generation: string;
    /**
     * Seconds to wait until the sample can be read. Defaults to 30: VictoriaMetrics shows a new one
     * after some 30 s.
     */
    readonly limitSeconds?: number;
}

/**
 * Writes one sample with the credential, whose value is the time in seconds, and reads it back.
 *
 * Resolves to undefined when it was read, else to why not; never holds the token.
 */
export async function sendCanary(canary: Canary): Promise<string | undefined> {
    const { url, queryUrl, token, username, authorities, stack, generation } = canary;
    const { limitSeconds = 30 } = canary;
    const timestamp = Date.now();
    const value = Math.floor(timestamp / 1000);
    const labels = { __name__: METRIC, stack, generation };
    const verdict = await probe(url, {
        token,
        username,
        authorities,
        body: encodeWriteRequest({ labels, value, timestamp }),
    });
    if (verdict.kind !== "accepted") return `the canary was not taken: ${verdict.reason} at ${url}`;
    const start = performance.now();
    for (;;) {
        const seen = await readBack(canary);
        if (seen === String(value)) return undefined;
        if (performance.now() - start > limitSeconds * 1000) {
            return `the canary was taken at ${url} but not found at ${queryUrl} within ${limitSeconds} s: ${seen}`;
        }
        await pause(500);
    }
}

/** The value of the canary, or words on why there is none. */
async function readBack({ queryUrl, stack, generation, authorities }: Canary): Promise<string> {
    const query = `${METRIC}{stack="${stack}",generation="${generation}"}`;
    try {
        const url = new URL(queryUrl);
        url.searchParams.set("query", query);
        const { status, text } = await readText(url, authorities);
        return status === 200 ? valueIn(text) : `it answered ${status}`;
    } catch (error) {
        return describeFailure(error, READ_SECONDS);
    }
}

function valueIn(text: string): string {
    try {
        const body = JSON.parse(text) as { data?: { result?: { value: [number, string] }[] } };
        return body.data?.result?.[0]?.value[1] ?? "no such sample";
    } catch {
        return "its answer is no JSON";
    }
}
