/** What Node says of a certificate that nobody it believes has signed. */
const UNTRUSTED: ReadonlySet<string> = new Set([
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Why a request came to no answer. */
export function describeFailure(error: unknown, limitSeconds: number): string {
    if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
        return `it did not answer within ${limitSeconds} s`;
    }
    const code = codeOf(error);
    const remedy = UNTRUSTED.has(code) ? ": set caFile to the authority of its certificate" : "";
    return `it cannot be reached (${code})${remedy}`;
}

/** A code or a class, never a message, which may repeat a header and so the token. */
export function codeOf(error: unknown): string {
    if (!(error instanceof Error)) return "";
    return "code" in error ? String(error.code) : error.name;
}
