import {
    everRefused,
    generationsAccepted,
    generationsInUse,
    type RecordedUse,
} from "./recordedUse.ts";
import { firstRecorded, type Proof, type RotationRecord } from "./record.ts";

export const FAULT_KINDS = [
    "never",
    "unfinished",
    "unproven",
    "overdue",
    "leaked",
    "outlived",
] as const;

/** What is wrong with a rotation; none of them is an emergency by itself. */
export interface Fault {
    readonly kind: (typeof FAULT_KINDS)[number];
    /** The generation or the receiver, where it is about one. */
    readonly about?: string;
    /** A sentence, and what to do. */
    readonly message: string;
}

/** How a receiver stands. */
export interface ReceiverStatus {
    readonly accepted: readonly string[];
    /** How and when each of its addresses was last proven to accept; none where nothing was. */
    readonly proven: readonly Pick<Proof, "how" | "at">[];
}

/** How a stack's credential stands. */
export interface Status {
    readonly keeper: string;
    readonly inUse: readonly string[];
    readonly accepted: readonly string[];
    /** Of the plan on record; undefined before the first rotation. */
    readonly revision: number | undefined;
    /** Whether all that is recorded is of one rotation, to the keeper. */
    readonly finished: boolean;
    /** What each sender uses, by its name. */
    readonly senders: Readonly<Record<string, string>>;
    /** Senders that do not use the keeper's generation. */
    readonly behind: readonly string[];
    /** What each receiver accepts, and how that was proven, by its name. */
    readonly receivers: Readonly<Record<string, ReceiverStatus>>;
    /**
     * When the generation on record was first recorded, ISO 8601; undefined before the first, and
     * where no date can be read.
     */
    readonly since: string | undefined;
    /** Whole days since then. */
    readonly ageDays: number | undefined;
    /** When the next rotation is due, ISO 8601. */
    readonly due: string | undefined;
    readonly faults: readonly Fault[];
}

const DAY_MILLISECONDS = 86_400_000;

/** What a stack is told, as far as its status goes by it. */
export interface Told {
    readonly rotation: string;
    /** Labels that are to be refused, because they were retired or leaked. */
    readonly unwanted: readonly string[];
}

/** What is recorded, as far as its status goes by it. */
type Standing = Pick<RecordedUse, "senders" | "receivers" | "refused"> & {
    readonly record: RotationRecord | undefined;
};

/**
 * How a stack's credential stands, from what it is told and what is recorded.
 *
 * @param maxAgeDays Days after which a rotation is overdue.
 */
export function judgeStatus(told: Told, recorded: Standing, now: Date, maxAgeDays: number): Status {
    const { rotation: keeper } = told;
    const { record, senders, receivers } = recorded;
    const secrets = [...Object.values(senders), ...Object.values(receivers)];
    const since = record && beginOf(record);
    const age = since && Math.floor((now.getTime() - since.getTime()) / DAY_MILLISECONDS);
    const finished =
        record?.generation === keeper &&
        secrets.every(({ revision }) => revision === record.revision);
    return {
        keeper,
        inUse: generationsInUse(recorded),
        accepted: generationsAccepted(recorded),
        revision: record?.revision,
        finished,
        senders: Object.fromEntries(
            Object.entries(senders).map(([name, { current }]) => [name, current]),
        ),
        behind: Object.keys(senders).filter((name) => senders[name]?.current !== keeper),
        receivers: describeReceivers(recorded),
        since: since?.toISOString(),
        ageDays: age,
        due: since && new Date(since.getTime() + maxAgeDays * DAY_MILLISECONDS).toISOString(),
        faults: record
            ? [
                  ...(finished ? [] : [unfinished(keeper)]),
                  ...lasting(told, recorded, record, finished),
                  ...unproven(record),
                  ...overdue(record, age, maxAgeDays),
              ]
            : [{ kind: "never", message: "nothing was rotated yet: run pulumi up" }],
    };
}

function describeReceivers({ receivers, record }: Standing): Status["receivers"] {
    const proofs = record?.proven ?? [];
    return Object.fromEntries(
        Object.entries(receivers).map(([name, { accepted }]) => {
            const ours = proofs.filter(({ receiver }) => receiver === name);
            return [name, { accepted, proven: ours.map(({ how, at }) => ({ how, at })) }];
        }),
    );
}

/** When the generation on record was first recorded; undefined where it says no date. */
function beginOf(record: RotationRecord): Date | undefined {
    const date = new Date(firstRecorded(record.generation, record) ?? record.finished);
    return Number.isNaN(date.getTime()) ? undefined : date;
}

function unfinished(keeper: string): Fault {
    const message = `the rotation to ${keeper} is not finished: run pulumi up, or go back`;
    return { kind: "unfinished", message };
}

/** What receivers accept for longer than they should. */
function lasting(
    { unwanted }: Told,
    recorded: Standing,
    record: RotationRecord,
    finished: boolean,
): readonly Fault[] {
    const accepted = generationsAccepted(recorded);
    const leaked = [...new Set([...unwanted, ...everRefused(recorded)])];
    const expected = [record.generation, record.previous, ...leaked];
    const outlived = finished ? accepted.filter((one) => !expected.includes(one)) : [];
    return [
        ...leaked
            .filter((one) => accepted.includes(one))
            .map((about) => ({
                kind: "leaked" as const,
                about,
                message: `receivers still accept ${about}, which they are to refuse: run pulumi up, and mend what it names`,
            })),
        ...outlived.map((about) => ({
            kind: "outlived" as const,
            about,
            message:
                `receivers accept ${about} two rotations later, as it is used, or nothing proves that it is not ` +
                `(receivers[].metricsUrls does): npm run retire -- ${about}`,
        })),
    ];
}

function unproven({ proven }: RotationRecord): readonly Fault[] {
    return proven
        .filter(({ how }) => how === "unproven")
        .map(({ receiver: about }) => ({
            kind: "unproven",
            about,
            message: `receiver ${about} is not proven: run pulumi up`,
        }));
}

function overdue(
    { finished }: RotationRecord,
    age: number | undefined,
    maxAgeDays: number,
): readonly Fault[] {
    if (age === undefined) {
        const said = JSON.stringify(finished);
        const message = `the record says no date on which it was finished, but ${said}: npm run rotate`;
        return [{ kind: "overdue", message }];
    }
    if (age <= maxAgeDays) return [];
    const message = `the credential is ${age} days old, more than ${maxAgeDays}: npm run rotate`;
    return [{ kind: "overdue", message }];
}
