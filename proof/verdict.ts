/**
 * What a receiver says of a credential; `reason` says what was seen.
 *
 * - `accepted`: it would store samples pushed with this credential.
 * - `refused`: Prometheus would drop, for good, samples pushed with it.
 * - `unknown`: neither is proven, as with a receiver that is down.
 */
export interface Verdict {
    readonly kind: "accepted" | "refused" | "unknown";
    readonly reason: string;
    /**
     * The addresses that were not asked, because nothing leads to them from here, and how that
     * showed: `IPv6 (ENETUNREACH)`.
     */
    readonly leftOut?: string;
}

/** What an HTTP status means for a credential, where nothing else is known of the receiver. */
export function judge(status: number): Verdict["kind"] {
    // vmauth before 1.80 answers 400 to a wrong credential; a receiver that reads past the
    // credential answers 400 to a body it cannot read, and ours is always readable.
    return status === 400 ? "refused" : judgeUnauthorized(status);
}

/** What it means where a wrong credential is answered 401 or 403, and nothing else is. */
export function judgeUnauthorized(status: number): Verdict["kind"] {
    if (status >= 200 && status < 300) return "accepted";
    return status === 401 || status === 403 ? "refused" : "unknown";
}
