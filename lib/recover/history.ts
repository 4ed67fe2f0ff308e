import * as z from "zod";
import type { RotationRecord } from "../record.ts";
import { sha256 } from "../seal.ts";
import type { Version } from "./source.ts";

/** A version of the sealed file, and what is known of it without opening it. */
export interface Sealed extends Version {
    /** The newest record that holds the file's digest: what it says was proven with this very file. */
    readonly record: RotationRecord | undefined;
    /** Labels of the generations in it, the first is the one senders were to get; undefined when nothing tells. */
    readonly labels: readonly string[] | undefined;
}

/** Which version to open, and which generation senders get; undefined is the one the file itself names first. */
export interface Choice {
    readonly sealed: Sealed;
    readonly generation: string | undefined;
    /** What somebody who recovers must know: versions passed over, or digests nobody vouches for. */
    readonly warning: string | undefined;
}

/** What to recover. */
export interface Wish {
    /** A label; the generation of the last finished rotation when left out. */
    readonly generation?: string | undefined;
    /** Whether to open a file whose digest no record holds. */
    readonly unverified: boolean;
}

/** As far as it is read. */
const recordSchema = z.looseObject({
    format: z.literal(1),
    stack: z.string(),
    generation: z.string(),
    accepted: z.array(z.string()),
    finished: z.string(),
    proven: z.array(
        z.looseObject({ receiver: z.string(), url: z.string(), how: z.string(), at: z.string() }),
    ),
    by: z.string(),
    sealedSha256: z.string(),
    alsoSealed: z.record(z.string(), z.string()).optional(),
});

/** What the commit of a sealed file says (`index.ts`). */
const MESSAGE = /^Rotate \S+ to (\S+) \(accepted: ([^)]*)\)$/;

/** The record in a text, or undefined when it is none of this stack's. */
export function parseRecord(text: string, stack: string): RotationRecord | undefined {
    let content: unknown;
    try {
        content = JSON.parse(text);
    } catch {
        return undefined;
    }
    const parsed = recordSchema.safeParse(content);
    return parsed.success && parsed.data.stack === stack
        ? (parsed.data as unknown as RotationRecord)
        : undefined;
}

/**
 * Every version of the sealed file, newest first, with its record. A record belongs to the version whose SHA-256 it
 * holds, wherever in the history it stands: the file is committed before its record, and going back to a generation
 * writes a record only.
 */
export function joinHistory(
    sealed: readonly Version[],
    records: readonly RotationRecord[],
): readonly Sealed[] {
    return sealed.map((version) => {
        const digest = sha256(version.text);
        const record = records.find((one) => digestsIn(one).includes(digest));
        return { ...version, record, labels: record?.accepted ?? labelsOf(version.message) };
    });
}

function digestsIn({ sealedSha256, alsoSealed }: RotationRecord): readonly string[] {
    return [sealedSha256, ...Object.values(alsoSealed ?? {})];
}

function labelsOf(message: string): readonly string[] | undefined {
    return MESSAGE.exec(message)?.[2]?.split(", ").filter(Boolean);
}

/** Every label in the history, newest first, without repetition. */
export function labelsIn(history: readonly Sealed[]): readonly string[] {
    return [...new Set(history.flatMap(({ labels }) => labels ?? []))];
}

/**
 * The version to open. A newer one that no record holds was written by an update that did not finish, or by somebody
 * else: it is passed over, with a warning, because what the record before it says was proven. Every unfinished update
 * keeps that generation accepted.
 *
 * Throws a one-line error when there is no such generation, or only in files whose digest no record holds, unless they
 * may be unverified.
 */
export function choose(history: readonly Sealed[], file: string, wish: Wish): Choice {
    const { generation, unverified } = wish;
    const holding = history.filter(
        ({ labels }) => generation === undefined || (labels?.includes(generation) ?? true),
    );
    const [newest] = holding;
    const recorded = holding.find(({ record }) => record !== undefined);
    const preferred = unverified && generation === undefined ? newest : recorded;
    const sealed = preferred ?? (unverified ? newest : undefined);
    if (sealed === undefined) throw new Error(refusal(history, newest, file, generation));
    const warning = sealed.record
        ? passedOver(history, sealed, file, wish)
        : unvouched(sealed, file);
    return { sealed, generation: generation ?? sealed.record?.generation, warning };
}

function refusal(
    history: readonly Sealed[],
    newest: Sealed | undefined,
    file: string,
    generation: string | undefined,
): string {
    const labels = labelsIn(history);
    if (newest === undefined || (generation !== undefined && newest.labels === undefined)) {
        return `no version of ${file} says that it holds generation ${generation ?? ""}: there were ${labels.join(", ") || "none"}`;
    }
    return (
        `no record holds the SHA-256 of ${file}${commitOf(newest)}: the update that wrote it did not finish, or the ` +
        "file was changed since; --unverified recovers it all the same"
    );
}

function unvouched(sealed: Sealed, file: string): string {
    return `no record holds the SHA-256 of ${file}${commitOf(sealed)}: what is recovered is unverified`;
}

function passedOver(
    [head]: readonly Sealed[],
    sealed: Sealed,
    file: string,
    { generation }: Wish,
): string | undefined {
    if (generation !== undefined || head === undefined || head === sealed) return undefined;
    return (
        `no record holds the SHA-256 of the newest ${file}${commitOf(head)}: the update that wrote it did not ` +
        `finish, or the file was changed since; this is what was recorded last${commitOf(sealed)}`
    );
}

function commitOf({ commit }: Sealed): string {
    return commit === undefined ? "" : ` (commit ${commit.slice(0, 10)})`;
}
