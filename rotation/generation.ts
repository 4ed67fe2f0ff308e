/** One credential, named by the keeper it was made under. */
export interface Generation {
    readonly label: string;
    /** The credential itself. Secret. */
    readonly value: string;
    /**
     * A bcrypt hash of the value that stays the same. None of a value that was not made here, whose
     * hash would be another one each time.
     */
    readonly bcrypt?: string | undefined;
    /** Its username, where receivers need one a generation; else all share the configured one. */
    readonly username?: string | undefined;
    /**
     * Its value at each receiver, by the receiver's name, where a vendor mints one a receiver. One
     * that is not named takes {@link value}. Secret.
     */
    readonly values?: Readonly<Record<string, string>> | undefined;
}

/** The value of a generation at a receiver. Secret. */
export function valueAt({ value, values }: Generation, receiver: string): string {
    return values?.[receiver] ?? value;
}

/** A label is part of resource names, an annotation and a metric label, and takes what all allow. */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?$/;

/** Whether `text` can name a generation: 1 to 40 letters and digits, with `.`, `_` and `-` inside. */
export function isLabel(text: string): boolean {
    return LABEL.test(text);
}

/** Letters and digits in a credential. */
export const LENGTH = {
    default: 48, // 285 bits; more than any hash of it holds
    least: 32,
    most: 72, // bcrypt reads no further
} as const;
