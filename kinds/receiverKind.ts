import type * as z from "zod";
import type { Counters } from "../proof/disuse.ts";
import type { Verdict } from "../proof/verdict.ts";
import type { Generation } from "../rotation/generation.ts";
import type { ReceiverSettings } from "../settings/settings.ts";

/** What is written for a sender or receiver, by the name it is read under. Secret. */
export type Files = Readonly<Record<string, string>>;

/** Somebody whom a receiver lets in, as its files have it. */
export interface Entry {
    /** The label it is named by; undefined where nothing names it but its username. */
    readonly label: string | undefined;
    readonly username: string | undefined;
    /** How it shows who it is: by the username and a password, by a bearer token, or otherwise. */
    readonly form: "basic" | "bearer" | "other";
    /** Secret; undefined where only its hash is there, or it is let in by something else. */
    readonly value: string | undefined;
    /** What is there in place of the value, in a form of htpasswd. */
    readonly hash?: string | undefined;
    /**
     * What it may do, as the kind has it: to be compared, not read. Undefined where the files say
     * nothing of it.
     */
    readonly route: unknown;
}

/** What tells one entry of a receiver's files from others. */
export type EntryName = Pick<Generation, "label" | "username">;

/**
 * What authenticates pushes: how one kind of receiver is told which generations to accept.
 *
 * A kind is a file beside `receivers/vmauth.ts` and a row of `kinds/receivers.ts`. It is pure: the
 * suite `tests/kinds/conformance.ts` holds every row to the laws named here.
 */
export interface ReceiverKind<S extends ReceiverSettings = ReceiverSettings> {
    /** The configuration's keys of this kind alone, with their defaults. */
    readonly settings: z.ZodObject;
    /** Values of these keys, for the conformance suite and the docs. */
    readonly example: Omit<S, keyof ReceiverSettings>;
    /** Whether all generations share one username, or each needs its own. */
    readonly usernames: "shared" | "generation";
    /**
     * Whether only its owner can configure it: nothing is written for it, and it is told by asking
     * what it accepts. Defaults to false.
     */
    readonly external?: boolean;
    /**
     * The files that let in these generations, one at least, each by its `valueAt` this receiver;
     * the order is kept where the format has one. The same input gives the same bytes.
     */
    render(settings: S, accepted: readonly Generation[]): Files;
    /**
     * Whom files let in. Undoes {@link render}: labels, usernames and values come back, in their
     * order; where they hold hashes, those of the values. They may be anybody's: undefined where none of them is of this kind, and an empty list
     * never stands for files that cannot be read.
     *
     * @throws {Error} one line without a value, when a file of this kind's name cannot be read.
     */
    parse(files: Files): readonly Entry[] | undefined;
    /**
     * The paths of pushes that files open, as far as they are plain ones. Absent: a credential opens
     * every path. Throws as {@link parse} does.
     */
    pathsIn?(files: Files): readonly string[];
    /**
     * What an entry opens and ours of the same credential does not, in words without a secret; empty
     * where ours opens as much. Absent: a credential opens no more than {@link render} has it open.
     */
    narrowing?(settings: S, entry: Entry): readonly string[];
    /**
     * The same files with these entries alone, in this order: known by their labels, or, where the
     * files hold none, by their usernames.
     */
    select(files: Files, chosen: readonly EntryName[]): Files;
    /** What an HTTP status says of the credential that was pushed with. */
    readonly verdict: (status: number) => Verdict["kind"];
    /** Reads the counters of its `/metrics`. Absent: disuse cannot be proven here. */
    readonly countUse?: (metrics: string) => Counters;
}
