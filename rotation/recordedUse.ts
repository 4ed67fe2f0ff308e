import { fingerprint } from "./digest.ts";
import type { RecordedPaths } from "./paths.ts";

/** What is remembered of one credential where it is put, for a sender or for a receiver. */
export interface Remembered {
    /** The generation that was current when it was written: what a sender uses. */
    readonly current: string;
    /** The generations accepted when it was written, the current among them: a receiver takes all. */
    readonly accepted: readonly string[];
    /** The revision of the plan it was written for. */
    readonly revision: number;
    /** What a receiver was told to refuse for good when it was written. Defaults to nothing. */
    readonly refused?: readonly string[] | undefined;
}

/** What a record says of the plan it is of. */
export interface RecordedPlan {
    /** The current one. */
    readonly generation: string;
    readonly accepted: readonly string[];
    readonly retired: readonly string[];
    readonly revision: number;
}

/** What the last recorded state of the stack says. A new stack has none: all is empty. */
export interface RecordedUse {
    /** Senders and receivers by name. */
    readonly senders: Readonly<Record<string, Remembered>>;
    readonly receivers: Readonly<Record<string, Remembered>>;
    /** Labels of the generations made here whose value is still there. */
    readonly kept: readonly string[];
    /**
     * The values that are known, by label: of what is kept, and of what receivers hold by the record
     * though it was not made here, or is not known to have been. Secret.
     */
    readonly values: Readonly<Record<string, string>>;
    /**
     * The values that vendors minted and nobody ended, by label, by the receiver's name. Secret.
     * Defaults to none.
     */
    readonly minted?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
    /** Every label a generation ever had, in the order of first use. */
    readonly labels: readonly string[];
    /**
     * Labels that receivers were once told to refuse: written before they are told, and for good.
     */
    readonly refused: readonly string[];
    /** What tells the adopted values from others, by label. */
    readonly adoptions: Readonly<Record<string, Adoption>>;
    /** What receivers open, by name; none where a credential opens every path. */
    readonly paths: Readonly<Record<string, Pick<RecordedPaths, "open">>>;
    /** The last rotation on record. */
    readonly record: RecordedPlan | undefined;
    /** Its revision, if it was proven. */
    readonly proven: number | undefined;
}

/** Tells the value of an adopted credential from others. Secret: a value made by hand may be guessed. */
export interface Adoption {
    readonly salt: string;
    /** See {@link adoptionOf}. */
    readonly fingerprint: string;
    /** What goes with it, where each generation has its own. */
    readonly username?: string | undefined;
    /** The value itself, where receivers may hold its hash alone. Secret. */
    readonly value?: string | undefined;
}

/** What is remembered of an adopted value. */
export function adoptionOf(salt: string, value: string): Adoption {
    return { salt, fingerprint: fingerprint([salt, value]) };
}

/**
 * The value of a generation at a receiver, as far as it is known; undefined of one that was made
 * here and minted there, and is not recorded any more. Secret.
 */
export function knownAt(
    { name, mint }: { readonly name: string; readonly mint?: object | undefined },
    label: string,
    { minted, kept, values }: Pick<RecordedUse, "minted" | "kept" | "values">,
): string | undefined {
    const isMinted = mint !== undefined && kept.includes(label);
    return minted?.[label]?.[name] ?? (isMinted ? undefined : values[label]);
}

/** The generations any receiver accepts by the record, without repetition. */
export function generationsAccepted({
    receivers,
}: Pick<RecordedUse, "receivers">): readonly string[] {
    return [...new Set(Object.values(receivers).flatMap(({ accepted }) => accepted))];
}

/** The generations senders use by the record, without repetition. */
export function generationsInUse({ senders }: Pick<RecordedUse, "senders">): readonly string[] {
    return [...new Set(Object.values(senders).map(({ current }) => current))];
}

/** Also what was recorded as such by a release that remembered refusals in its records alone. */
export function everRefused({
    refused,
    record,
    receivers,
}: Pick<RecordedUse, "refused" | "record" | "receivers">): readonly string[] {
    const told = Object.values(receivers).flatMap((receiver) => receiver.refused ?? []);
    return [...new Set([...refused, ...told, ...(record?.retired ?? [])])];
}

/**
 * All that a sender may have been given: a Secret that was deleted by hand is recorded no more,
 * while the pods that mounted it go on with what it held.
 */
export function everAccepted({ senders, receivers, record, kept }: RecordedUse): readonly string[] {
    const secrets = [...Object.values(senders), ...Object.values(receivers)];
    const labels = [...secrets.flatMap(({ accepted }) => accepted), ...(record?.accepted ?? [])];
    return [...labels, ...kept.filter((label) => !record?.retired.includes(label))];
}
