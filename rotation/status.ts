import { everRefused, generationsAccepted, generationsInUse, type RecordedUse } from "./plan.ts";
import type { RotationRecord } from "./record.ts";

/** What is wrong with a rotation; none of them is an emergency by itself. */
export interface Fault {
    readonly kind: "unfinished" | "unproven" | "overdue" | "never" | "leaked" | "outlived";
    /** A sentence, and what to do. */
    readonly message: string;
}

/** How a stack's credential stands. */
export interface Status {
    readonly keeper: string;
    readonly inUse: readonly string[];
    readonly accepted: readonly string[];
    /** Whole days since the last rotation; undefined before the first. */
    readonly ageDays: number | undefined;
    readonly faults: readonly Fault[];
}

const DAY_MILLISECONDS = 86_400_000;

/** What a stack is told, as far as its status goes by it. */
export interface Told {
    readonly rotation: string;
    /** Labels that are to be refused, because they were retired or leaked. */
    readonly unwanted: readonly string[];
}

/**
 * How a stack's credential stands, from what it is told and what is recorded.
 *
 * @param maxAgeDays Days after which a rotation is overdue.
 */
export function judgeStatus(
    { rotation: keeper, unwanted }: Told,
    recorded: Pick<RecordedUse, "senders" | "receivers" | "refused"> & {
        readonly record: RotationRecord | undefined;
    },
    now: Date,
    maxAgeDays: number,
): Status {
    const { record } = recorded;
    const secrets = [...Object.values(recorded.senders), ...Object.values(recorded.receivers)];
    const accepted = generationsAccepted(recorded);
    const age = record && ageOf(record, now);
    const inUse = generationsInUse(recorded);
    const faults: Fault[] = [];
    const report = (kind: Fault["kind"], message: string) => faults.push({ kind, message });
    if (!record) report("never", "nothing was rotated yet: run pulumi up");
    const finished =
        record?.generation === keeper &&
        secrets.every(({ revision }) => revision === record.revision);
    if (record && !finished) {
        report(
            "unfinished",
            `the rotation to ${keeper} is not finished: run pulumi up, or go back`,
        );
    }
    const leaked = [...new Set([...unwanted, ...everRefused(recorded)])];
    for (const label of leaked.filter((one) => accepted.includes(one))) {
        report(
            "leaked",
            `receivers still accept ${label}, which they are to refuse: run pulumi up, and mend what it names`,
        );
    }
    const expected = [record?.generation, record?.previous, ...leaked];
    for (const label of finished ? accepted.filter((one) => !expected.includes(one)) : []) {
        report(
            "outlived",
            `receivers accept ${label} two rotations later, as it is used, or nothing proves that it is not ` +
                `(receivers[].metricsUrls does): npm run retire -- ${label}`,
        );
    }
    for (const { receiver, how } of record?.proven ?? []) {
        if (how === "unproven")
            report("unproven", `receiver ${receiver} is not proven: run pulumi up`);
    }
    if (record && age === undefined) {
        report(
            "overdue",
            `the record says no date on which it was finished, but ${JSON.stringify(record.finished)}: npm run rotate`,
        );
    }
    if (age !== undefined && age > maxAgeDays) {
        report(
            "overdue",
            `the credential is ${age} days old, more than ${maxAgeDays}: npm run rotate`,
        );
    }
    return { keeper, inUse, accepted, ageDays: age, faults };
}

/** Whole days since a rotation; undefined where its record has no date. */
function ageOf({ finished }: RotationRecord, now: Date): number | undefined {
    const days = Math.floor((now.getTime() - Date.parse(finished)) / DAY_MILLISECONDS);
    return Number.isNaN(days) ? undefined : days;
}
