import { everRefused, generationsAccepted, type RecordedUse } from "./recordedUse.ts";
import { goesBack, retiring, type RotationGoal } from "./goal.ts";
import type { RotationPlan } from "./plan.ts";

/**
 * Names the file that a preview writes its {@link Outlook} to, as JSON, where a command of ours asks
 * for it.
 */
export const OUTLOOK_FILE = "PROMETHEUS_WRITE_SECRET_OUTLOOK";

/** What an update is about to do to generations, in labels and names: no secret is in it. */
export interface Outlook {
    /** The generation senders should use: the keeper. */
    readonly current: string;
    /** Whether it is made now. */
    readonly made: boolean;
    /** The one on record; undefined before the first update. */
    readonly former: string | undefined;
    /** Whether the plan is another one than that on record. */
    readonly rotates: boolean;
    /** Whether the current one is older than that on record. */
    readonly goesBack: boolean;
    /** What stays, or comes to be, accepted beside the current one. */
    readonly kept: readonly string[];
    /** What is no longer accepted, if nobody uses it. */
    readonly dropped: readonly string[];
    /** What is refused for good from now on, because it is named. */
    readonly retired: readonly string[];
    /** What leaked, and whether this update has it refused; else the next one does. */
    readonly leaked:
        { readonly label: string; readonly reason: string; readonly now: boolean } | undefined;
    /** What each sender uses now; undefined for one that is new. */
    readonly senders: Readonly<Record<string, string | undefined>>;
    readonly receivers: readonly string[];
    /** How long the gate waits for each of them, at most. */
    readonly projectionLimitSeconds: number;
}

/** The goal, with what an outlook tells of it. */
export interface OutlookGoal extends RotationGoal {
    readonly emergency?: { readonly leaked: string; readonly reason: string } | undefined;
    readonly projectionLimitSeconds: number;
}

/**
 * What a plan is about to do.
 *
 * @param rotates Whether it is another one than that on record.
 */
export function outlookOf(
    goal: OutlookGoal,
    recorded: RecordedUse,
    plan: RotationPlan,
    rotates: boolean,
): Outlook {
    const { emergency, adopted, projectionLimitSeconds } = goal;
    const { current, accepted, refused } = plan;
    const before = generationsAccepted(recorded);
    const known = [...recorded.kept, ...Object.keys(recorded.values), adopted?.label];
    const isGoing = (label: string) => !accepted.includes(label);
    return {
        current,
        made: !known.includes(current),
        former: recorded.record?.generation,
        rotates,
        goesBack: goesBack(goal, recorded),
        kept: accepted.filter((label) => label !== current),
        dropped: before.filter((label) => isGoing(label) && !refused.includes(label)),
        retired: retiring(goal, recorded).filter(isGoing),
        leaked: emergency && {
            label: emergency.leaked,
            reason: emergency.reason,
            now:
                refused.includes(emergency.leaked) &&
                !everRefused(recorded).includes(emergency.leaked),
        },
        senders: Object.fromEntries(
            goal.senders.map(({ name }) => [name, recorded.senders[name]?.current]),
        ),
        receivers: goal.receivers.map(({ name }) => name),
        projectionLimitSeconds,
    };
}
