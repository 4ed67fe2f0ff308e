import { fingerprint } from "./digest.ts";
import type { RecordedPaths } from "./paths.ts";

/** What is remembered of one credential where it is put, for a sender or for a receiver. */
export interface Remembered {
    /** The generation that was current when it was written: what a sender uses. */
    readonly current: string;
    /** The generations accepted when it was written, the current among them: a receiver takes all. */
    readonly accepted: readonly string[];
    /** The revision of the plan it was written for. */
    readonly revision: number;
    /** What a receiver was told to refuse for good when it was written. Defaults to nothing. */
    readonly refused?: readonly string[] | undefined;
}

/** What a record says of the plan it is of. */
export interface RecordedPlan {
    /** The current one. */
    readonly generation: string;
    readonly accepted: readonly string[];
    readonly retired: readonly string[];
    readonly revision: number;
}

/** What the last recorded state of the stack says. A new stack has none: all is empty. */
export interface RecordedUse {
    /** Senders and receivers by name. */
    readonly senders: Readonly<Record<string, Remembered>>;
    readonly receivers: Readonly<Record<string, Remembered>>;
    /** Labels of the generations made here whose value is still there. */
    readonly kept: readonly string[];
    /**
     * The values that are known, by label: of what is kept, and of what receivers hold by the record
     * though it was not made here, or is not known to have been. Secret.
     */
    readonly values: Readonly<Record<string, string>>;
    /** Every label a generation ever had, in the order of first use. */
    readonly labels: readonly string[];
    /**
     * Labels that receivers were once told to refuse: written before they are told, and for good.
     */
    readonly refused: readonly string[];
    /** What tells the adopted values from others, by label. */
    readonly adoptions: Readonly<Record<string, Adoption>>;
    /** What receivers open, by name; none where a credential opens every path. */
    readonly paths: Readonly<Record<string, Pick<RecordedPaths, "open">>>;
    /** The last rotation on record. */
    readonly record: RecordedPlan | undefined;
    /** Its revision, if it was proven. */
    readonly proven: number | undefined;
}

/** Tells the value of an adopted credential from others. Secret: a value made by hand may be guessed. */
export interface Adoption {
    readonly salt: string;
    /** See {@link adoptionOf}. */
    readonly fingerprint: string;
    /** What goes with it, where each generation has its own. */
    readonly username?: string | undefined;
    /** The value itself, where receivers may hold its hash alone. Secret. */
    readonly value?: string | undefined;
}

/** What is remembered of an adopted value. */
export function adoptionOf(salt: string, value: string): Adoption {
    return { salt, fingerprint: fingerprint([salt, value]) };
}

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

/** The senders whose generation by the record receivers no longer accept: nothing may hold them back. */
export function lockedOut(
    { accepted }: Pick<RotationPlan, "accepted">,
    { senders }: Pick<RecordedUse, "senders">,
): readonly string[] {
    return Object.entries(senders)
        .filter(([, { current }]) => !accepted.includes(current))
        .map(([name]) => name);
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

/** What the goal names to be retired, and an emergency does not set aside. */
function named({ retired, emergency }: RotationGoal): readonly string[] {
    return emergency ? [] : retired;
}

/** Also what was recorded as such by a release that remembered refusals in its records alone. */
export function everRefused({
    refused,
    record,
    receivers,
}: Pick<RecordedUse, "refused" | "record" | "receivers">): readonly string[] {
    const told = Object.values(receivers).flatMap((receiver) => receiver.refused ?? []);
    return [...new Set([...refused, ...told, ...(record?.retired ?? [])])];
}

/** Labels whose value an update has. */
function known({ adopted }: RotationGoal, { kept, values }: RecordedUse): readonly string[] {
    return [...new Set([...kept, ...Object.keys(values), ...(adopted ? [adopted.label] : [])])];
}

/** Whether an update has its value, or makes it. */
function isKnown(label: string, goal: RotationGoal, recorded: RecordedUse): boolean {
    return label === goal.rotation || known(goal, recorded).includes(label);
}

/**
 * Whether receivers are still to be asked: as long as it is named, and until a rotation is finished
 * that told all of them.
 */
function isAsked(label: string, goal: RotationGoal, recorded: RecordedUse): boolean {
    const isNamed = goal.retired.includes(label) || goal.emergency?.leaked === label;
    return isNamed || generationsAccepted(recorded).includes(label) || !isFinished(goal, recorded);
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
    const { rotation } = goal;
    const refused = [...named(goal), ...(goal.emergency ? [goal.emergency.leaked] : [])];
    if (everRefused(recorded).includes(rotation)) {
        throw new Error(
            `rotation names ${rotation}, which receivers were told to refuse for good: this configuration is older ` +
                "than the stack (get the newest one, as by git pull), or set rotation to a new label",
        );
    }
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

function refuseReuse(goal: RotationGoal, recorded: RecordedUse): void {
    const { rotation } = goal;
    const { labels, kept } = recorded;
    if (!labels.includes(rotation) || known(goal, recorded).includes(rotation)) return;
    throw new Error(
        `rotation names ${rotation}, a label used before whose credential is gone: take a new label` +
            (kept.length > 0 ? `, or go back to ${kept.join(" or ")}` : ""),
    );
}

/**
 * Receivers would change the value under a label at once, while senders go on with the former; and
 * a value under two labels cannot be refused by one of them.
 */
function refuseOtherValue({ adopted }: RotationGoal, recorded: RecordedUse): void {
    if (adopted?.value === undefined) return;
    const { label, value } = adopted;
    const { values, adoptions, kept } = recorded;
    if (kept.includes(label)) {
        throw new Error(
            `adopted.label is ${label}, which a credential made here has already: set adopted.label to a new one`,
        );
    }
    const isValueOf = (other: string) => isValue(value, other, recorded);
    const labels = [...new Set([...Object.keys(values), ...Object.keys(adoptions)])];
    const twin = labels.find((other) => other !== label && isValueOf(other));
    if (twin !== undefined) {
        throw new Error(
            `adopted.value is the credential called ${twin} already: set adopted.label to ${twin}`,
        );
    }
    if (!labels.includes(label) || isValueOf(label)) return;
    throw new Error(
        `adopted.value is another one than was adopted as ${label} before, which senders may use: ` +
            "set adopted.label to a new one",
    );
}

/** Whether the value is what is known, or remembered, under a label. */
function isValue(value: string, label: string, { values, adoptions }: RecordedUse): boolean {
    const { [label]: former } = adoptions;
    if (!former) return values[label] === value;
    return adoptionOf(former.salt, value).fingerprint === former.fingerprint;
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

/**
 * An adopted value is known from the configuration alone: without it a receiver would be given a
 * made-up one.
 */
function refuseLoss(accepted: readonly string[], goal: RotationGoal, recorded: RecordedUse): void {
    const lost = accepted.find((label) => !isKnown(label, goal, recorded));
    if (lost === undefined) return;
    throw new Error(
        `receivers accept ${lost}, an adopted credential that adopted no longer holds: set it again, or retire ${lost}`,
    );
}

/**
 * Whether every sender and receiver, the configured and the recorded, has its Secret from one and
 * the same plan, that plan is on record as proven, and no other was begun.
 */
function isFinished(goal: RotationGoal, recorded: RecordedUse): boolean {
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

/** Whether receivers open what senders are to push to. A path they are to open makes a new plan, which is proven. */
function isRouted({ receivers }: RotationGoal, { paths }: RecordedUse): boolean {
    return receivers.every(({ name, path }) => {
        const { open } = paths[name] ?? {};
        return path === undefined || open === undefined || open.includes(path);
    });
}

/** What is there of a receiver or sender, whoever wrote it. */
export interface Found {
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
    { values, refused, paths }: Found,
    plan: RotationPlan,
    { adopted }: Pick<RotationGoal, "adopted">,
    recorded: RecordedUse,
): boolean {
    const decided = [
        ...[...plan.accepted, ...plan.refused],
        ...[...generationsAccepted(recorded), ...generationsInUse(recorded)],
    ];
    const ours = decided.flatMap(
        (label) => (adopted?.label === label ? adopted.value : recorded.values[label]) ?? [],
    );
    return (
        values.some((isIt) => !ours.some(isIt)) ||
        refused.some((label) => !plan.refused.includes(label)) ||
        paths.length > 0
    );
}
