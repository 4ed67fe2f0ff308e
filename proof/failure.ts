/** Why a request came to no answer. */
export function describeFailure(error: unknown, limitSeconds: number): string {
    if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
        return `it did not answer within ${limitSeconds} s`;
    }
    return `it cannot be reached (${codeOf(error)})`;
}

/** A code or a class, never a message, which may repeat a header and so the token. */
export function codeOf(error: unknown): string {
    if (!(error instanceof Error)) return "";
    return "code" in error ? String(error.code) : error.name;
}
