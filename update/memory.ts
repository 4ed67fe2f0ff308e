import type { RotationPlan } from "../rotation/plan.ts";
import type { ReceiverSettings } from "../settings/settings.ts";
import type { Recorded } from "./recorded.ts";

/** What an update adds to what must never be forgotten. */
export interface Memory {
    /** What receivers must refuse for good. */
    readonly refused: readonly string[];
    /** Whether to remember what tells adopted values from others. */
    readonly adoptions: boolean;
}

/** Whether an update brings about another plan than the one on record. */
export function rotates(plan: RotationPlan, { record }: Pick<Recorded, "record">): boolean {
    return plan.revision !== record?.revision;
}

/**
 * What is to be remembered. A stack that an earlier release deployed begins with it at its next
 * rotation, so that an update that rotates nothing still changes nothing.
 */
export function memoryOf(plan: RotationPlan, recorded: Recorded): Memory {
    const { record } = recorded;
    const isRotation = rotates(plan, recorded);
    const isNew = plan.refused.some((label) => !record?.retired.includes(label));
    return {
        refused: isRotation || isNew || recorded.refused.length > 0 ? plan.refused : [],
        adoptions: isRotation || Object.keys(recorded.adoptions).length > 0,
    };
}

/** What is remembered of what a receiver was told. */
export interface Told {
    /** What its Secret says it refuses: it is written with the rest of it, never for itself. */
    readonly refused: readonly string[];
    /** Whether its paths are remembered: it opens former ones, or once did. */
    readonly remembersPaths: boolean;
}

export function toldTo(
    { name, formerPaths = [] }: ReceiverSettings,
    plan: RotationPlan,
    { receivers, paths }: Recorded,
): Told {
    const { [name]: recorded } = receivers;
    const isWritten = recorded?.revision === plan.revision;
    return {
        refused: isWritten ? (recorded.refused ?? []) : plan.refused,
        remembersPaths: formerPaths.length > 0 || paths[name]?.told !== undefined,
    };
}
