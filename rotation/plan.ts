import { isFinished, isKnown, known, named, retiring, type RotationGoal } from "./goal.ts";
import {
    everAccepted,
    everRefused,
    generationsAccepted,
    generationsInUse,
    type RecordedUse,
} from "./recordedUse.ts";
import { refuseLockout, refuseLoss, refuseOtherValue, refuseReuse } from "./refusals.ts";

/** Which generations an update works with. */
export interface RotationPlan {
    /** The generation senders should use: the keeper. */
    readonly current: string;
    /**
     * The generations every receiver must accept: the current first, then the others, newest first.
     */
    readonly accepted: readonly string[];
    /** Generations no longer accepted whose value is kept, to prove that receivers refuse it. */
    readonly retired: readonly string[];
    /** Every generation that receivers must refuse from now on, whatever any update is told. */
    readonly refused: readonly string[];
    /**
     * Counts plans. A Secret written for an older one is written again, whatever the record says is
     * in it.
     */
    readonly revision: number;
}

/**
 * The generations an update works with, from its goal, what was recorded, and which generations
 * were seen `unused`.
 *
 * A rotation drops a generation only when nobody uses it any more: the last rotation is known to be
 * finished, which is when every Secret was written for the same plan, and the receivers' own
 * counters say so. Until then whatever a receiver accepts stays accepted, because an engine that
 * was killed may have switched a sender without recording it, and a sender may read a new
 * credential minutes later; and every Secret is written again, which undoes such a switch.
 *
 * What receivers were once told to refuse they are never told to accept again, whatever becomes of
 * the update that told them, of the configuration, or of the objects.
 *
 * Throws a one-line error when the goal would lock a sender out, or make a new value under an old
 * label.
 */
export function planRotation(
    goal: RotationGoal,
    recorded: RecordedUse,
    unused: readonly string[] = [],
): RotationPlan {
    refuseLockout(goal, recorded);
    refuseReuse(goal, recorded);
    refuseOtherValue(goal, recorded);
    const current = goal.rotation;
    const secrets = [...Object.values(recorded.senders), ...Object.values(recorded.receivers)];
    const past = [...secrets, ...(recorded.record ? [recorded.record] : [])];
    const revision = Math.max(0, ...past.map((one) => one.revision));
    const finished = isFinished(goal, recorded) ? secrets[0]?.accepted : undefined;
    const refused = [
        ...new Set([...everRefused(recorded), ...named(goal), ...leaked(goal, recorded)]),
    ];
    const gone = new Set(refused);
    const retired = known(goal, recorded).filter(
        (label) => gone.has(label) && isAsked(label, goal, recorded),
    );
    const former = finished ?? everAccepted(recorded);
    const dropped = droppable(goal, recorded).filter((label) => unused.includes(label));
    const accepted = [...new Set([current, ...former, ...adoptable(goal, recorded)])].filter(
        (label) => !gone.has(label) && !dropped.includes(label) && !isLost(label, goal, recorded),
    );
    refuseLoss(accepted, goal, recorded);
    const unchanged = finished?.join() === accepted.join() && isRouted(goal, recorded);
    return { current, accepted, retired, refused, revision: unchanged ? revision : revision + 1 };
}

/**
 * The generations this update may drop if nobody uses them: after a finished rotation, all but what
 * it ended at, which senders may have still to read, and the one the update is for. None when the
 * update rotates nothing.
 */
export function droppable(goal: RotationGoal, recorded: RecordedUse): readonly string[] {
    if (!isFinished(goal, recorded)) return [];
    const [last] = Object.values(recorded.receivers);
    if (!last || last.current === goal.rotation) return [];
    const staying = new Set([
        ...[last.current, goal.rotation, ...generationsInUse(recorded)],
        ...retiring(goal, recorded),
    ]);
    return last.accepted.filter((label) => !staying.has(label));
}

/** The senders whose generation by the record receivers no longer accept: nothing may hold them back. */
export function lockedOut(
    { accepted }: Pick<RotationPlan, "accepted">,
    { senders }: Pick<RecordedUse, "senders">,
): readonly string[] {
    return Object.entries(senders)
        .filter(([, { current }]) => !accepted.includes(current))
        .map(([name]) => name);
}

/**
 * The leaked generation, once every receiver is recorded to accept the current one: the update that
 * brings the current one in still accepts both, so that senders can switch first. From the next on
 * nobody gets in with it.
 */
function leaked(
    { emergency, rotation, receivers }: RotationGoal,
    recorded: RecordedUse,
): readonly string[] {
    const accept = ({ name }: { name: string }) =>
        recorded.receivers[name]?.accepted.includes(rotation);
    return emergency && receivers.every(accept) ? [emergency.leaked] : [];
}

/**
 * Whether receivers are still to be asked: as long as it is named, and until a rotation is finished
 * that told all of them.
 */
function isAsked(label: string, goal: RotationGoal, recorded: RecordedUse): boolean {
    const isNamed = goal.retired.includes(label) || goal.emergency?.leaked === label;
    return isNamed || generationsAccepted(recorded).includes(label) || !isFinished(goal, recorded);
}

/** An adopted credential is new until the first record; dropped later, it does not come back. */
function adoptable({ adopted }: RotationGoal, { labels, record }: RecordedUse): readonly string[] {
    return adopted && (!record || !labels.includes(adopted.label)) ? [adopted.label] : [];
}

/**
 * Whether the value is gone, and with it everybody who could push with it: no receiver accepts it
 * any more. An emergency does not wait for a value that only the user has.
 */
function isLost(label: string, goal: RotationGoal, recorded: RecordedUse): boolean {
    if (isKnown(label, goal, recorded)) return false;
    const receivers = Object.values(recorded.receivers);
    return (
        goal.emergency !== undefined ||
        (receivers.length > 0 && !generationsAccepted(recorded).includes(label))
    );
}

/** Whether receivers open what senders are to push to. A path they are to open makes a new plan, which is proven. */
function isRouted({ receivers }: RotationGoal, { paths }: RecordedUse): boolean {
    return receivers.every(({ name, path }) => {
        const { open } = paths[name] ?? {};
        return path === undefined || open === undefined || open.includes(path);
    });
}
