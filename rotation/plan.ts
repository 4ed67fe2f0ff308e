/** What is remembered of one credential where it is put, for a sender or for a receiver. */
export interface Remembered {
    /** The generation that was current when it was written: what a sender uses. */
    readonly current: string;
    /** The generations accepted when it was written, the current among them: a receiver takes all. */
    readonly accepted: readonly string[];
    /** The revision of the plan it was written for. */
    readonly revision: number;
}

/** What a record says of the plan it is of. */
export interface RecordedPlan {
    readonly accepted: readonly string[];
    readonly retired: readonly string[];
    readonly revision: number;
}

/** What the last recorded state of the stack says. A new stack has none: all is empty. */
export interface RecordedUse {
    /** Senders and receivers by name. */
    readonly senders: Readonly<Record<string, Remembered>>;
    readonly receivers: Readonly<Record<string, Remembered>>;
    /** Labels of the generations whose value is still there. */
    readonly kept: readonly string[];
    /** Every label a generation ever had. */
    readonly labels: readonly string[];
    /** The last rotation on record. */
    readonly record: RecordedPlan | undefined;
    /** Its revision, if it was proven. */
    readonly proven: number | undefined;
}

/** What an update is told to bring about. */
export interface RotationGoal {
    /** The label of the generation senders should use: the keeper. */
    readonly rotation: string;
    /** The senders and receivers the update is for. */
    readonly senders: readonly { readonly name: string }[];
    readonly receivers: readonly { readonly name: string }[];
    /** Labels receivers must no longer accept. */
    readonly retired: readonly string[];
    /** The credential that was there before this program, if it is to be accepted. */
    readonly adopted?: { readonly label: string } | undefined;
    /** The leaked generation, which is no longer accepted whoever uses it. */
    readonly emergency?: { readonly leaked: string } | undefined;
}

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
    const current = goal.rotation;
    const secrets = [...Object.values(recorded.senders), ...Object.values(recorded.receivers)];
    const past = [...secrets, ...(recorded.record ? [recorded.record] : [])];
    const revision = Math.max(0, ...past.map((one) => one.revision));
    const finished = isFinished(goal, recorded) ? secrets[0]?.accepted : undefined;
    const gone = new Set([...goal.retired, ...leaked(goal, recorded)]);
    const retired = recorded.kept.filter((label) => gone.has(label));
    const former = finished ?? everAccepted(recorded);
    const dropped = droppable(goal, recorded).filter((label) => unused.includes(label));
    const accepted = [...new Set([current, ...former, ...adoptable(goal, recorded)])].filter(
        (label) => !gone.has(label) && !dropped.includes(label),
    );
    refuseLoss(accepted, goal, recorded);
    const unchanged = finished?.join() === accepted.join();
    return { current, accepted, retired, revision: unchanged ? revision : revision + 1 };
}

/**
 * The generations this update may drop if nobody uses them: after a finished rotation, all but the
 * one it ended at and the one the update is for. None when the update rotates nothing.
 */
export function droppable(goal: RotationGoal, recorded: RecordedUse): readonly string[] {
    if (!isFinished(goal, recorded)) return [];
    const [last] = Object.values(recorded.receivers);
    if (!last || last.current === goal.rotation) return [];
    const staying = new Set([last.current, goal.rotation, ...goal.retired]);
    return last.accepted.filter((label) => !staying.has(label));
}

/** The generations this update takes from receivers because it is told to. */
export function retiring(goal: RotationGoal, recorded: RecordedUse): readonly string[] {
    const accepted = generationsAccepted(recorded);
    return goal.retired.filter((label) => accepted.includes(label));
}

/** The generations any receiver accepts by the record, without repetition. */
export function generationsAccepted({
    receivers,
}: Pick<RecordedUse, "receivers">): readonly string[] {
    return [...new Set(Object.values(receivers).flatMap(({ accepted }) => accepted))];
}

/** The generations senders use by the record, without repetition. */
export function generationsInUse({ senders }: Pick<RecordedUse, "senders">): readonly string[] {
    return [...new Set(Object.values(senders).map(({ current }) => current))];
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
 * All that a sender may have been given: a Secret that was deleted by hand is recorded no more,
 * while the pods that mounted it go on with what it held.
 */
function everAccepted({ senders, receivers, record, kept }: RecordedUse): readonly string[] {
    const secrets = [...Object.values(senders), ...Object.values(receivers)];
    const labels = [...secrets.flatMap(({ accepted }) => accepted), ...(record?.accepted ?? [])];
    return [...labels, ...kept.filter((label) => !record?.retired.includes(label))];
}

/** An adopted credential is new until the first record; dropped later, it does not come back. */
function adoptable({ adopted }: RotationGoal, { labels, record }: RecordedUse): readonly string[] {
    return adopted && (!record || !labels.includes(adopted.label)) ? [adopted.label] : [];
}

function refuseLockout(goal: RotationGoal, recorded: RecordedUse): void {
    const { rotation, retired } = goal;
    const refused = [...retired, ...(goal.emergency ? [goal.emergency.leaked] : [])];
    if (refused.includes(rotation)) {
        throw new Error(
            `rotation names ${rotation}, which retired or emergency.leaked names too: senders cannot use what ` +
                "receivers refuse; set rotation to another label",
        );
    }
    const unknown = refused.find((label) => !recorded.labels.includes(label));
    if (unknown !== undefined) {
        throw new Error(
            `retired or emergency.leaked names ${unknown}, which no generation was ever called: ` +
                `there were ${recorded.labels.join(", ") || "none"}`,
        );
    }
    const going = retiring(goal, recorded);
    for (const [sender, { current }] of Object.entries(recorded.senders)) {
        if (!going.includes(current)) continue;
        throw new Error(
            `retired names ${current}, which sender ${sender} uses: rotate to another label first, ` +
                "and retire this one in a later update",
        );
    }
    if (going.length > 0 && !isFinished(goal, recorded)) {
        throw new Error(
            `retired names ${going.join(", ")}, but the last update did not finish, so a sender may still use it: ` +
                "take it out of retired, run pulumi up, and put it back",
        );
    }
}

function refuseReuse({ rotation, adopted }: RotationGoal, { labels, kept }: RecordedUse): void {
    if (!labels.includes(rotation) || kept.includes(rotation) || adopted?.label === rotation)
        return;
    throw new Error(
        `rotation names ${rotation}, a label used before whose credential is gone: take a new label` +
            (kept.length > 0 ? `, or go back to ${kept.join(" or ")}` : ""),
    );
}

/**
 * An adopted value is known from the configuration alone: without it a receiver would be given a
 * made-up one.
 */
function refuseLoss(accepted: readonly string[], goal: RotationGoal, recorded: RecordedUse): void {
    const known = [goal.rotation, goal.adopted?.label, ...recorded.kept];
    const lost = accepted.find((label) => !known.includes(label));
    if (lost === undefined) return;
    throw new Error(
        `receivers accept ${lost}, an adopted credential that adopted no longer holds: set it again, or retire ${lost}`,
    );
}

/**
 * Whether every sender and receiver, the configured and the recorded, has its Secret from one and
 * the same plan, and that plan is on record as proven.
 */
function isFinished(goal: RotationGoal, recorded: RecordedUse): boolean {
    const revisions = [
        recorded.proven,
        ...goal.senders.map(({ name }) => recorded.senders[name]?.revision),
        ...goal.receivers.map(({ name }) => recorded.receivers[name]?.revision),
        ...Object.values(recorded.senders).map(({ revision }) => revision),
        ...Object.values(recorded.receivers).map(({ revision }) => revision),
    ];
    return revisions[0] !== undefined && revisions.every((revision) => revision === revisions[0]);
}
