import type { RotationGoal } from "./goal.ts";
import type { RotationPlan } from "./plan.ts";
import { generationsAccepted, generationsInUse, type RecordedUse } from "./recordedUse.ts";

/** What is there of a receiver or sender, whoever wrote it. */
export interface Found {
    /** Whether somebody pushes with it, as a sender does. */
    readonly pushes: boolean;
    /** Of each value in it, whether it is a given one: of some only a hash is there. Secret. */
    readonly values: readonly ((value: string) => boolean)[];
    /** What it says it was told to refuse. */
    readonly refused: readonly string[];
    /** The paths it opens and is not to: see `strangePaths`. */
    readonly paths: readonly string[];
}

/**
 * Whether what is there holds a value, a path or a refusal that the plan did not decide about:
 * whoever pushes with the one or there would be cut off, and the other would be forgotten. So it is when a state is
 * older than the cluster, when Secrets were put back from a backup, and when others wrote them.
 */
export function isStrange(
    { pushes, values, refused, paths }: Found,
    plan: RotationPlan,
    { adopted }: Pick<RotationGoal, "adopted">,
    recorded: RecordedUse,
): boolean {
    // What receivers let in beside what senders use may be dropped; nobody who pushes with it may be.
    const decided = [
        ...[...plan.accepted, ...plan.refused, ...generationsInUse(recorded)],
        ...(pushes ? [] : generationsAccepted(recorded)),
    ];
    const ours = decided.flatMap((label) => [
        ...Object.values(recorded.minted?.[label] ?? {}),
        ...[adopted?.label === label ? adopted.value : recorded.values[label]].flatMap(
            (value) => value ?? [],
        ),
    ]);
    return (
        values.some((isIt) => !ours.some(isIt)) ||
        refused.some((label) => !plan.refused.includes(label)) ||
        paths.length > 0
    );
}
