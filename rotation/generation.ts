/** One credential, named by the keeper it was made under. */
export interface Generation {
    readonly label: string;
    /** The credential itself. Secret. */
    readonly value: string;
}

/**
 * A label is part of resource names, an annotation and a metric label, so it takes what all of them
 * allow.
 */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?$/;

/**
 * Whether `text` can name a generation: 1 to 40 letters and digits, with `.`, `_` and `-` inside.
 */
export function isLabel(text: string): boolean {
    return LABEL.test(text);
}
