import { everAccepted, everRefused, type RecordedUse } from "./recordedUse.ts";

/** What an update is told to bring about. */
export interface RotationGoal {
    /** The label of the generation senders should use: the keeper. */
    readonly rotation: string;
    /** The senders and receivers the update is for. */
    readonly senders: readonly { readonly name: string }[];
    readonly receivers: readonly GoalReceiver[];
    /** Labels receivers must no longer accept. */
    readonly retired: readonly string[];
    /** The credential that was there before this program, if it is to be accepted. */
    readonly adopted?: { readonly label: string; readonly value?: string } | undefined;
    /** The leaked generation, which is no longer accepted whoever uses it. */
    readonly emergency?: { readonly leaked: string } | undefined;
}

/** A receiver an update is for. */
export interface GoalReceiver {
    readonly name: string;
    /** The path senders are to push to; undefined where a credential opens all of them. */
    readonly path?: string | undefined;
}

/** The generations this update takes from receivers because it is told to, for the first time. */
export function retiring(goal: RotationGoal, recorded: RecordedUse): readonly string[] {
    const refused = everRefused(recorded);
    const accepted = everAccepted(recorded);
    return named(goal).filter((label) => accepted.includes(label) && !refused.includes(label));
}

/**
 * What the goal names to be retired and an emergency leaves for later: nothing that could be
 * refused stands in its way.
 */
export function setAside(goal: RotationGoal, recorded: RecordedUse): readonly string[] {
    return goal.emergency ? retiring({ ...goal, emergency: undefined }, recorded) : [];
}

/**
 * Whether the goal goes back to a generation older than the last rotation on record, which an older
 * configuration does unasked.
 */
export function goesBack(
    { rotation }: Pick<RotationGoal, "rotation">,
    recorded: RecordedUse,
): boolean {
    const { labels, record } = recorded;
    const to = labels.indexOf(rotation);
    return record !== undefined && to !== -1 && to < labels.indexOf(record.generation);
}

/** What the goal names to be retired, and an emergency does not set aside. */
export function named({ retired, emergency }: RotationGoal): readonly string[] {
    return emergency ? [] : retired;
}

/** Labels whose value an update has. */
export function known({ adopted }: RotationGoal, { kept, values }: RecordedUse): readonly string[] {
    return [...new Set([...kept, ...Object.keys(values), ...(adopted ? [adopted.label] : [])])];
}

/** Whether an update has its value, or makes it. */
export function isKnown(label: string, goal: RotationGoal, recorded: RecordedUse): boolean {
    return label === goal.rotation || known(goal, recorded).includes(label);
}

/**
 * Whether every sender and receiver, the configured and the recorded, has its Secret from one and
 * the same plan, that plan is on record as proven, and no other was begun.
 */
export function isFinished(goal: RotationGoal, recorded: RecordedUse): boolean {
    const revisions = [
        recorded.proven,
        ...goal.senders.map(({ name }) => recorded.senders[name]?.revision),
        ...goal.receivers.map(({ name }) => recorded.receivers[name]?.revision),
        ...Object.values(recorded.senders).map(({ revision }) => revision),
        ...Object.values(recorded.receivers).map(({ revision }) => revision),
    ];
    return (
        revisions[0] !== undefined &&
        revisions.every((revision) => revision === revisions[0]) &&
        !isAttempted(goal, recorded)
    );
}

/**
 * Whether a generation was made for a rotation that is not on record, other than the one the update
 * is for: an engine that was killed may have given it to receivers and senders, unrecorded. What was
 * dropped and is yet to be forgotten is older than what is accepted.
 */
function isAttempted({ rotation }: RotationGoal, recorded: RecordedUse): boolean {
    const { kept, labels, record } = recorded;
    if (!record) return false;
    const { accepted } = record;
    const newest = Math.max(...accepted.map((label) => labels.indexOf(label)));
    const settled = [rotation, ...accepted, ...everRefused(recorded)];
    return kept.some((label) => !settled.includes(label) && labels.indexOf(label) > newest);
}
