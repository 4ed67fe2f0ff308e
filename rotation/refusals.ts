import { isFinished, isKnown, known, named, retiring, type RotationGoal } from "./goal.ts";
import { adoptionOf, everRefused, type RecordedUse } from "./recordedUse.ts";

/** Throws a one-line error when the goal would have receivers refuse what senders are to use, or use. */
export function refuseLockout(goal: RotationGoal, recorded: RecordedUse): void {
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

/** Throws a one-line error when the label has been another credential's. */
export function refuseReuse(goal: RotationGoal, recorded: RecordedUse): void {
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
export function refuseOtherValue({ adopted }: RotationGoal, recorded: RecordedUse): void {
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
 * An adopted value is known from the configuration alone: without it a receiver would be given a
 * made-up one.
 */
export function refuseLoss(
    accepted: readonly string[],
    goal: RotationGoal,
    recorded: RecordedUse,
): void {
    const lost = accepted.find((label) => !isKnown(label, goal, recorded));
    if (lost === undefined) return;
    throw new Error(
        `receivers accept ${lost}, an adopted credential that adopted no longer holds: set it again, or retire ${lost}`,
    );
}
