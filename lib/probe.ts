import { setTimeout as pause } from "node:timers/promises";

/**
 * What a receiver says of a credential.
 *
 * - `accepted`: it would store samples pushed with this credential.
 * - `refused`: Prometheus would drop, for good, samples pushed with it.
 * - `unknown`: neither is proven, such as a receiver that is down; `reason` says what was seen.
 */
export type Verdict =
    | { readonly kind: "accepted"; readonly reason: string }
    | { readonly kind: "refused"; readonly reason: string }
    | { readonly kind: "unknown"; readonly reason: string };

/** A remote-write request with no series: one zero byte, which is how snappy writes nothing. Stores nothing. */
const EMPTY_WRITE_REQUEST = new Uint8Array([0]);

const REQUEST_SECONDS = 10; // vmauth 1.150 holds back its answer to a wrong credential for 2 to 3 s

/**
 * Asks a receiver, by an empty remote-write request, whether it accepts a bearer token.
 *
 * Rests on the remote-write specification (senders drop on 4xx, https://prometheus.io/docs/specs/prw/remote_write_spec/)
 * and on Prometheus, Thanos, and VictoriaMetrics answering 2xx to a request without series. No token means a request
 * without an `Authorization` header. Never throws: whatever goes wrong is `unknown`, and no verdict holds the token.
 */
export async function probe(url: string, token?: string): Promise<Verdict> {
    try {
        const response = await fetch(url, {
            method: "POST",
            redirect: "manual", // Prometheus does not follow redirects with a body either
            signal: AbortSignal.timeout(REQUEST_SECONDS * 1000),
            headers: {
                "Content-Type": "application/x-protobuf",
                "Content-Encoding": "snappy",
                "User-Agent": "prometheus-write-secret",
                "X-Prometheus-Remote-Write-Version": "0.1.0",
                ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
            },
            body: EMPTY_WRITE_REQUEST,
        });
        await response.body?.cancel();
        return judge(response.status);
    } catch (error) {
        return { kind: "unknown", reason: describeFailure(error) };
    }
}

/** What an HTTP status means for a credential. */
export function judge(status: number): Verdict {
    const reason = `it answered ${status}`;
    if (status >= 200 && status < 300) return { kind: "accepted", reason };
    // vmauth before 1.80 answers 400 to a wrong credential; a receiver that reads past the credential answers 400 to
    // a body it cannot read, and ours is always readable.
    if (status === 400 || status === 401 || status === 403) return { kind: "refused", reason };
    return { kind: "unknown", reason };
}

function describeFailure(error: unknown): string {
    if (error instanceof DOMException && error.name === "TimeoutError") {
        return `it did not answer within ${REQUEST_SECONDS} s`;
    }
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    // A code or a class, never a message: that of an invalid header repeats the token.
    const code = cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.name) : "";
    return `it cannot be reached (${code})`;
}

/** How {@link waitUntilAccepted} waits. */
export interface Patience {
    /** Seconds to keep asking. At least one question is asked. */
    readonly limitSeconds: number;
    /** Seconds between an answer and the next question. Defaults to 1. */
    readonly everySeconds?: number;
    /** Told of each answer that is not yet `accepted`, with the seconds waited so far. */
    readonly onWait?: (verdict: Verdict, seconds: number) => void;
}

/** Asks until the receiver accepts the token or the limit has passed; returns the last verdict. */
export async function waitUntilAccepted(
    url: string,
    token: string,
    { limitSeconds, everySeconds = 1, onWait }: Patience,
): Promise<Verdict> {
    const start = performance.now();
    for (;;) {
        const verdict = await probe(url, token);
        const waited = (performance.now() - start) / 1000;
        if (verdict.kind === "accepted" || waited + everySeconds > limitSeconds) return verdict;
        onWait?.(verdict, waited);
        await pause(everySeconds * 1000);
    }
}
