/** What is recorded of one Secret of a sender or receiver. */
export interface RecordedSecret {
    /** The generations accepted when it was written. A receiver accepts them all, a sender uses the first. */
    readonly accepted: readonly string[];
    /** The revision of the plan it was written for. */
    readonly revision: number;
}

/** What the last recorded state of the stack says of each sender and receiver, by name. A new stack has none. */
export interface RecordedUse {
    readonly senders: Readonly<Record<string, RecordedSecret>>;
    readonly receivers: Readonly<Record<string, RecordedSecret>>;
}

/** What an update is told to bring about. */
export interface RotationGoal {
    /** The label of the generation senders should use: the keeper. */
    readonly rotation: string;
    /** The senders and receivers the update is for. */
    readonly senders: readonly { readonly name: string }[];
    readonly receivers: readonly { readonly name: string }[];
}

/** Which generations an update works with. */
export interface RotationPlan {
    /** The generation senders should use: the keeper. */
    readonly current: string;
    /** The generations every receiver must accept: the current first, then the others, newest first. */
    readonly accepted: readonly string[];
    /** Counts plans. A Secret written for an older one is written again, whatever the record says is in it. */
    readonly revision: number;
}

/**
 * The generations an update works with, from its goal and what was recorded.
 *
 * A generation is dropped only when the last rotation is known to be finished: every Secret was written for the same
 * plan. Until then whatever a receiver accepts stays accepted, because an engine that was killed may have switched a
 * sender without recording it; and every Secret is written again, which undoes such a switch.
 */
export function planRotation(goal: RotationGoal, recorded: RecordedUse): RotationPlan {
    const current = goal.rotation;
    const secrets = [...Object.values(recorded.senders), ...Object.values(recorded.receivers)];
    const revision = Math.max(0, ...secrets.map((secret) => secret.revision));
    const finished = isFinished(goal, recorded) ? secrets[0]?.accepted : undefined;
    if (finished?.[0] === current) return { current, accepted: finished, revision };
    const overlap = finished?.slice(0, 1) ?? secrets.flatMap(({ accepted }) => accepted);
    return { current, accepted: [...new Set([current, ...overlap])], revision: revision + 1 };
}

/** The generations senders use by the record, without repetition. */
export function generationsInUse({ senders }: RecordedUse): readonly string[] {
    return [...new Set(Object.values(senders).flatMap(({ accepted }) => accepted.slice(0, 1)))];
}

/** Whether every sender and receiver, the configured and the recorded, has its Secret from one and the same plan. */
function isFinished(goal: RotationGoal, recorded: RecordedUse): boolean {
    const revisions = [
        ...goal.senders.map(({ name }) => recorded.senders[name]?.revision),
        ...goal.receivers.map(({ name }) => recorded.receivers[name]?.revision),
        ...Object.values(recorded.senders).map(({ revision }) => revision),
        ...Object.values(recorded.receivers).map(({ revision }) => revision),
    ];
    return revisions[0] !== undefined && revisions.every((revision) => revision === revisions[0]);
}
