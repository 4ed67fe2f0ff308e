import { labelsIn } from "../../mirror/commitMessages.ts";
import type { RotationRecord } from "../../rotation/record.ts";
import { sha256 } from "../../rotation/digest.ts";
import type { Version } from "./mirrorSource.ts";

/** A version of a sealed file, and what is known of it without opening it. */
export interface Sealed extends Version {
    readonly path: string;
    /**
     * The newest record that holds the file's digest: what it says was proven with this very file.
     */
    readonly record: RotationRecord | undefined;
    /**
     * Labels of the generations in it, the first is the one senders were to get; undefined when
     * nothing tells.
     */
    readonly labels: readonly string[] | undefined;
}

/**
 * Which version to open, and which generation senders get; undefined is the one the file itself
 * names first.
 */
export interface Choice {
    readonly sealed: Sealed;
    readonly generation: string | undefined;
    /**
     * What somebody who recovers must know: versions passed over, or digests nobody vouches for.
     */
    readonly warning: string | undefined;
}

/** What to recover. */
export interface Wish {
    /** Whether the key at hand may open a version. */
    readonly mayOpen: (version: Sealed) => boolean;
    /** A label; the generation of the last finished rotation when left out. */
    readonly generation?: string | undefined;
    /** Whether to open a file whose digest no record holds. */
    readonly unverified: boolean;
    /** Whether records count only where the verification key signed them. False unless given. */
    readonly signed?: boolean | undefined;
}

/**
 * Every version of all sealed files, newest first, with its record. A record belongs to the
 * versions whose SHA-256 it holds, wherever in the history they stand: files are committed before
 * their record, and going back to a generation writes a record only.
 *
 * A file may be of an older generation than another: when nobody is left whom it was for, it stays
 * as it was.
 */
export function joinHistory(
    sealed: Readonly<Record<string, readonly Version[]>>,
    records: readonly RotationRecord[],
): readonly Sealed[] {
    const files = Object.entries(sealed).map(([path, versions]) =>
        versions.map((version) => {
            const digest = sha256(version.text);
            const record = records.find((one) => digestsIn(one).includes(digest));
            const labels = record?.accepted ?? labelsIn(version.message);
            return { ...version, path, record, labels };
        }),
    );
    const isLater = (one: Sealed, other: Sealed) =>
        one.record && other.record && one.record !== other.record
            ? records.indexOf(one.record) < records.indexOf(other.record)
            : (one.at ?? "") > (other.at ?? "");
    return files.reduce<readonly Sealed[]>((one, other) => merge(one, other, isLater), []);
}

/**
 * Each keeps its order, which is that of the commits; between the two their records decide, or
 * their clocks.
 */
function merge(
    one: readonly Sealed[],
    other: readonly Sealed[],
    isLater: (one: Sealed, other: Sealed) => boolean,
): readonly Sealed[] {
    const [left, right, merged] = [[...one], [...other], [] as Sealed[]];
    for (let [a, b] = [left[0], right[0]]; a && b; [a, b] = [left[0], right[0]]) {
        merged.push(...(isLater(b, a) ? right : left).splice(0, 1));
    }
    return [...merged, ...left, ...right];
}

/** SHA-256 of every sealed file a record is of, in hex. */
export function digestsIn({ sealedSha256, alsoSealed }: RotationRecord): readonly string[] {
    return [sealedSha256, ...Object.values(alsoSealed ?? {})];
}

/** Every label in the history, newest first, without repetition. */
export function labelsOf(history: readonly Sealed[]): readonly string[] {
    return [...new Set(history.flatMap(({ labels }) => labels ?? []))];
}

/**
 * The version to open. A newer one that no record holds was written by an update that did not
 * finish, or by somebody else: it is passed over, with a warning, because what the record before it
 * says was proven. Every unfinished update keeps that generation accepted.
 *
 * Throws a one-line error when there is no such generation, or only in files whose digest no record
 * holds, unless they may be unverified.
 */
export function choose(history: readonly Sealed[], wish: Wish): Choice {
    const { generation, unverified, mayOpen } = wish;
    const open = history.filter(mayOpen);
    if (open.length === 0) throw new Error(forOthers(history));
    const holding = open.filter(
        ({ labels }) => generation === undefined || (labels?.includes(generation) ?? true),
    );
    const [newest] = holding;
    const recorded = holding.find(({ record }) => record !== undefined);
    const preferred = unverified && generation === undefined ? newest : recorded;
    const sealed = preferred ?? (unverified ? newest : undefined);
    if (sealed === undefined) throw new Error(refusal(open, newest, wish));
    const warning = sealed.record ? passedOver(history, sealed, wish) : unvouched(sealed);
    return { sealed, generation: generation ?? sealed.record?.generation, warning };
}

function forOthers(history: readonly Sealed[]): string {
    const files = pathsOf(history).join(" and ") || "the mirror";
    return `${files} cannot be opened with a key of this kind: give another (--identity, --gpg, --kms)`;
}

function refusal(
    open: readonly Sealed[],
    newest: Sealed | undefined,
    { generation, signed }: Wish,
): string {
    if (newest === undefined || (generation !== undefined && newest.labels === undefined)) {
        const labels = labelsOf(open).join(", ") || "none";
        const files = pathsOf(open).join(" and ");
        return `no version of ${files} says that it holds generation ${generation ?? ""}: there were ${labels}`;
    }
    const reason = "the update that wrote it did not finish, or the file was changed since";
    if (signed) {
        return (
            `no record that the verification key signed holds the SHA-256 of ${nameOf(newest)}: ` +
            `${reason}, or it is of before records were signed`
        );
    }
    return `no record holds the SHA-256 of ${nameOf(newest)}: ${reason}; --unverified recovers it all the same`;
}

function unvouched(sealed: Sealed): string {
    return `no record holds the SHA-256 of ${nameOf(sealed)}: what is recovered is unverified`;
}

function passedOver(
    history: readonly Sealed[],
    sealed: Sealed,
    { generation, mayOpen }: Wish,
): string | undefined {
    if (generation !== undefined) return undefined;
    const last = history.find(({ record }) => record !== undefined);
    if (last && last.record !== sealed.record) {
        return (
            `what was recorded last is in ${nameOf(last)}, which is not for a key of this kind: this is older, ` +
            `of ${nameOf(sealed)}, and receivers may no longer accept it`
        );
    }
    const head = history.find(mayOpen);
    if (head === undefined || head.record !== undefined) return undefined;
    return (
        `no record holds the SHA-256 of the newest ${nameOf(head)}: the update that wrote it did not ` +
        `finish, or the file was changed since; this is what was recorded last${commitOf(sealed)}`
    );
}

function pathsOf(history: readonly Sealed[]): readonly string[] {
    return [...new Set(history.map(({ path }) => path))];
}

/** A version of a file, in messages. */
export function nameOf(version: Pick<Sealed, "path" | "commit">): string {
    return version.path + commitOf(version);
}

function commitOf({ commit }: Pick<Sealed, "commit">): string {
    return commit === undefined ? "" : ` (commit ${commit.slice(0, 10)})`;
}
