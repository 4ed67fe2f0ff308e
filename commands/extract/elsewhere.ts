/**
 * A setting whose text is not in the place itself: in a file, or only known when a sender starts.
 */
export class Elsewhere {
    // Not to be taken for keys of a mapping, where everything that is read is walked.
    readonly #file: string | undefined;
    readonly #missing: string | undefined;

    constructor(where: { readonly file: string } | { readonly missing: string }) {
        this.#file = "file" in where ? where.file : undefined;
        this.#missing = "missing" in where ? where.missing : undefined;
    }

    get file(): string | undefined {
        return this.#file;
    }

    get missing(): string | undefined {
        return this.#missing;
    }
}
