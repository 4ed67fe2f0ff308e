import type { Files } from "../kinds/receiverKind.ts";
import type { Remembered } from "../rotation/recordedUse.ts";
import type { RotationRecord } from "../rotation/record.ts";

/** A resource as the engine records it. Anything may be in its outputs. */
export interface RecordedResource {
    readonly type: string;
    /** None where a component has none. */
    readonly outputs?: unknown;
}

/** Recorded resources with their URNs. */
export type Resources = readonly (readonly [urn: string, resource: RecordedResource])[];

/** What is there where a credential is to be put, whoever made it. */
export interface Present {
    /** Files that could only be read with a right that updates do not need are left out. */
    readonly files: Files;
    /** What it says of itself, where this program wrote it, for this stack or another one. */
    readonly remembered?: Remembered | undefined;
    /** What people should do about it, in one line without a value. */
    readonly advice?: string | undefined;
}

/**
 * Where a credential is put, and what is remembered of it there. What is written is a matter of the
 * kind of sender or receiver; the plan, the record and takeover ask the holder.
 *
 * A holder is a file beside `kubernetesSecret.ts` and a row of `holders/holders.ts`. The resources
 * are made by components, so that an SDK of a cloud is not loaded where nothing is put there.
 */
export interface Holder<P> {
    /** Names the object: two owners of one identity would overwrite each other at every update. */
    identity(place: P): string;
    /** Where a recorded resource is; undefined where it is none of this holder's. */
    placeOf(resource: RecordedResource): P | undefined;
    /**
     * What is remembered in a recorded resource; undefined where it is none of this holder's.
     * `record` is the last rotation on record, for what the resource itself does not say.
     */
    recorded(
        resource: RecordedResource,
        record: RotationRecord | undefined,
    ): Remembered | undefined;
    /**
     * What is there now; undefined where nothing is.
     *
     * @throws {Error} one line on why it cannot be seen, without anything of an answer.
     */
    present(place: P): Promise<Present | undefined>;
}
