/** What an error says. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/**
 * What an error and all that caused it say: `fetch` says "fetch failed" and keeps the reason in its
 * cause.
 */
export function reasonOf(error: unknown): string {
    const caused = error instanceof Error && error.cause instanceof Error;
    return caused ? `${error.message}: ${reasonOf(error.cause)}` : messageOf(error);
}

/** The code of an error of the system, such as `"ENOENT"`. */
export function codeOf(error: unknown): unknown {
    return error instanceof Error && "code" in error ? error.code : undefined;
}

/** A word the shell takes as it is. */
export function quote(word: string): string {
    return `'${word.replaceAll("'", "'\\''")}'`;
}
