import type { Proof, RotationRecord } from "../../rotation/record.ts";
import type { KeyObject } from "node:crypto";
import { joinHistory, labelsOf, type Sealed } from "./history.ts";
import type { MirrorSource, Version } from "./mirrorSource.ts";
import { vouch, type Vouched } from "./vouch.ts";
import { findStacks, type StackFiles } from "../../mirror/stackFiles.ts";

/** All a mirror holds of one stack, the newest first. Nothing of it is open. */
export interface MirroredStack extends StackFiles, Vouched {
    /** Every version of all sealed files. */
    readonly history: readonly Sealed[];
}

/** What a mirror holds of one generation. No secret is in it. */
export interface MirroredGeneration {
    readonly label: string;
    /**
     * By the last record: `current` is what senders use, `accepted` what receivers accept beside
     * it, `former` what they no longer accept. `unrecorded` is in a file of an update that did not
     * finish.
     */
    readonly state: "current" | "accepted" | "former" | "unrecorded";
    /**
     * The newest commit whose file holds it, of a finished update if there is one, and when its
     * first one was made (ISO 8601); null without a history.
     */
    readonly commit: string | null;
    readonly sealed: string | null;
    /**
     * The end of its last rotation, who did it, and how it was proven; null where no record says.
     */
    readonly finished: string | null;
    readonly by: string | null;
    readonly proven: readonly Proof[];
}

/**
 * Reads the stacks of a mirror; with a verification key, only records that it signed count. Throws a one-line error when it is none, or does not hold the one
 * named.
 */
export async function readMirror(
    source: MirrorSource,
    wish: { readonly stack?: string; readonly path?: string },
    key?: KeyObject,
): Promise<readonly MirroredStack[]> {
    const stacks: MirroredStack[] = [];
    for (const files of findStacks(await source.files(), { ...wish, source: source.name })) {
        const versions = async (path: string | undefined) =>
            path === undefined ? [] : source.versions(path);
        const vouched = vouch(files, {
            ...{ versions: await versions(files.record), key },
            signatures: key === undefined ? [] : await versions(files.signature),
        });
        const sealed: Record<string, readonly Version[]> = {};
        for (const path of files.sealed) sealed[path] = await source.versions(path);
        const history = joinHistory(sealed, vouched.records);
        stacks.push({ ...files, ...vouched, history: key ? byRevision(history) : history });
    }
    return stacks;
}

/** The one stack of a mirror. Throws a one-line error where there are several. */
export function onlyStack(stacks: readonly MirroredStack[]): MirroredStack {
    const [stack, ...others] = stacks;
    if (stack !== undefined && others.length === 0) return stack;
    const names = stacks.map(({ stack: name }) => name).join(", ");
    throw new Error(`the mirror holds several stacks: choose one of ${names} by --stack`);
}

/**
 * A history in the order of its signed records: somebody may have committed an old file and its
 * record once more. What is newer than all of them stays so.
 */
function byRevision(history: readonly Sealed[]): readonly Sealed[] {
    const first = history.findIndex(({ record }) => record !== undefined);
    if (first < 0) return history;
    const rest = history.slice(first);
    const revisionOf = ({ record }: Sealed) => record?.revision ?? -1;
    return [
        ...history.slice(0, first),
        ...rest.toSorted((one, other) => revisionOf(other) - revisionOf(one)),
    ];
}

/** The generations of a stack, the newest first. */
export function listGenerations({
    history,
    records,
}: Pick<MirroredStack, "history" | "records">): readonly MirroredGeneration[] {
    const last = history.find(({ record }) => record !== undefined)?.record;
    return labelsOf(history).map((label) => {
        const holding = history.filter(({ labels }) => labels?.includes(label));
        const record = records.find(({ generation }) => generation === label);
        return {
            label,
            state: stateOf(label, last, records),
            commit: (holding.find((one) => one.record) ?? holding[0])?.commit ?? null,
            sealed: holding.at(-1)?.at ?? null,
            finished: record?.finished ?? null,
            by: record?.by ?? null,
            proven: record?.proven ?? [],
        };
    });
}

function stateOf(
    label: string,
    last: RotationRecord | undefined,
    records: readonly RotationRecord[],
): MirroredGeneration["state"] {
    if (last?.generation === label) return "current";
    if (last?.accepted.includes(label)) return "accepted";
    return records.some(({ accepted }) => accepted.includes(label)) ? "former" : "unrecorded";
}
