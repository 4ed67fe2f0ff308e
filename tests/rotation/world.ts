// A cluster, what runs in it, and the stack's record of it. What others do to it is here; what an
// update does is in `worldUpdate.ts`.
import assert from "node:assert/strict";
import type { RecordedPlan, RecordedUse, Remembered, RotationGoal } from "../../rotation/plan.ts";

/** Those that always are there; another one of each comes and goes. */
export const SENDERS = ["s1", "s2"] as const;
export const RECEIVERS = ["r1", "r2"] as const;

/** Values by label, as an object has them: a label is not a value. */
export type Values = Readonly<Record<string, string>>;

/** A Secret: what it was written for, and what it holds. */
export interface Held extends Remembered {
    readonly values: Values;
}

/** What an update is told. */
export interface Configuration {
    readonly rotation: string;
    readonly senders: readonly string[];
    readonly receivers: readonly string[];
    readonly retired: readonly string[];
    readonly emergency?: { readonly leaked: string } | undefined;
    readonly adopted?: { readonly label: string; readonly value: string } | undefined;
}

/** The checkpoint of the engine. */
export interface Checkpoint extends Omit<RecordedUse, "kept" | "values" | "senders" | "receivers"> {
    readonly senders: Readonly<Record<string, Held>>;
    readonly receivers: Readonly<Record<string, Held>>;
    /** The values of what was made here and is kept. */
    readonly made: Values;
}

const EMPTY: Checkpoint = {
    ...{ senders: {}, receivers: {}, labels: [], refused: [], adoptions: {}, made: {} },
    ...{ record: undefined, proven: undefined },
};

/** What was there before this program, in half of the histories. */
export const BY_HAND = { label: "hand", value: "hand#0" };
const BY_HAND_REVISION = 0;

/** What a program without a mend would do; each is shown to break a law. */
export type Sabotage =
    | "forgets refusals"
    | "forgets what was adopted"
    | "does not look at what is there"
    | "holds everybody back"
    | "sets nothing aside in an emergency";

export class World {
    configuration: Configuration = {
        rotation: "a",
        senders: SENDERS,
        receivers: RECEIVERS,
        retired: [],
    };
    checkpoint: Checkpoint = EMPTY;
    /** The Secrets there are. */
    readonly objects = new Map<string, Held>();
    /** What receivers let in; it is there after its Secret is gone. */
    readonly letIn = new Map<string, Held>();
    /** The value each sender pushes with, which lags behind its Secret. */
    readonly pushedWith = new Map<string, string>();
    /** Values that a receiver was told to refuse, once and for all, and their labels. */
    readonly refused = new Map<string, string>();
    /** What there was before, to be put back. */
    readonly backups: { readonly checkpoint: Checkpoint; readonly objects: Map<string, Held> }[] =
        [];
    readonly configurations: Configuration[] = [];
    /** Whether receivers' counters can be read. */
    readonly counters: boolean;
    readonly sabotage: Sabotage | undefined;

    constructor(counters: boolean, byHand: boolean, sabotage?: Sabotage) {
        this.counters = counters;
        this.sabotage = sabotage;
        if (!byHand) return;
        this.configure({ adopted: BY_HAND });
        const held: Held = {
            ...{ current: "hand", accepted: ["hand"], revision: BY_HAND_REVISION },
            values: { hand: BY_HAND.value },
        };
        for (const sender of SENDERS) this.pushedWith.set(sender, BY_HAND.value);
        for (const receiver of RECEIVERS) this.letIn.set(receiver, held);
        for (const name of [...SENDERS, ...RECEIVERS]) this.objects.set(name, held);
    }

    configure(changes: Partial<Configuration>): void {
        this.configurations.push(this.configuration);
        this.configuration = { ...this.configuration, ...changes };
    }

    /** A sender's kubelet shows it what its Secret holds by now. */
    project(sender: string): void {
        const held = this.objects.get(sender);
        const value = held?.values[held.current];
        if (value !== undefined) this.pushedWith.set(sender, value);
    }

    /** Somebody deletes a Secret; what mounts it goes on with the files it has. */
    delete(name: string): void {
        if (this.objects.get(name)?.revision !== BY_HAND_REVISION) this.objects.delete(name);
    }

    /** A backup of the cluster puts its Secrets back, and what mounts them reads them. */
    restoreObjects(age: number): void {
        const backup = this.backups.at(-age)?.objects;
        // A backup that lacks somebody locks them out by itself.
        const there = [...this.objects.keys(), ...SENDERS, ...RECEIVERS];
        if (!backup || !there.every((name) => backup.has(name))) return;
        for (const [name, held] of backup) {
            this.objects.set(name, held);
            if (name.startsWith("s")) this.project(name);
            else this.letIn.set(name, held);
        }
        this.#forgetRefusals();
    }

    /** Somebody imports an older checkpoint. */
    restoreCheckpoint(age: number): void {
        const backup = this.backups.at(-age);
        if (backup) this.checkpoint = backup.checkpoint;
        this.#forgetRefusals();
    }

    /** Where state and cluster are both put back to before a refusal, nothing can know of it. */
    #forgetRefusals(): void {
        const told = [...this.objects.values()].flatMap(({ refused = [] }) => refused);
        const known = [...this.checkpoint.refused, ...told];
        for (const [value, label] of this.refused) {
            if (!known.includes(label)) this.refused.delete(value);
        }
    }

    /** Another checkout, which has not pulled. */
    checkOut(age: number): void {
        const former = this.configurations.at(-age);
        if (former) this.configuration = former;
    }

    /** The engine looks at what it has recorded, by a command of its own or in an update. */
    refresh(): void {
        const look = (recorded: Checkpoint["senders"]) =>
            Object.fromEntries(
                Object.keys(recorded).flatMap((name) => {
                    const held = this.objects.get(name);
                    return held ? [[name, held] as const] : [];
                }),
            );
        const { senders, receivers } = this.checkpoint;
        this.checkpoint = {
            ...this.checkpoint,
            senders: look(senders),
            receivers: look(receivers),
        };
    }

    /** What the program reads of the checkpoint. */
    recorded(): RecordedUse {
        const { checkpoint, sabotage } = this;
        const { made } = checkpoint;
        const held = Object.values(checkpoint.receivers).map(({ values }) => values);
        const recorded: RecordedUse = {
            ...checkpoint,
            kept: Object.keys(made),
            values: Object.assign({}, ...held, made) as Values,
        };
        if (sabotage === "forgets refusals") return withoutRefusals(recorded);
        if (sabotage === "forgets what was adopted") return { ...recorded, adoptions: {} };
        return recorded;
    }

    goal(): RotationGoal {
        const { configuration } = this;
        const named = (name: string) => ({ name });
        return {
            ...configuration,
            senders: configuration.senders.map(named),
            receivers: configuration.receivers.map(named),
        };
    }

    /** Nobody pushes with what a receiver refuses, unless it was told to refuse it for good. */
    assertNobodyLockedOut(): void {
        for (const [sender, value] of this.pushedWith) {
            if (this.refused.has(value)) continue;
            for (const receiver of RECEIVERS) {
                const held = this.letIn.get(receiver);
                assert.ok(
                    !held || Object.values(held.values).includes(value),
                    `${receiver} refuses ${value}, which ${sender} pushes with`,
                );
            }
        }
    }

    /** Whether the value can be had from what is recorded or configured. */
    knows(value: string): boolean {
        const { values } = this.recorded();
        return [...Object.values(values), this.configuration.adopted?.value].includes(value);
    }
}

function withoutRefusals(recorded: RecordedUse): RecordedUse {
    const { record, receivers } = recorded;
    return {
        ...recorded,
        refused: [],
        record: record && ({ ...record, retired: [] } satisfies RecordedPlan),
        receivers: Object.fromEntries(
            Object.entries(receivers).map(([name, one]) => [name, { ...one, refused: [] }]),
        ),
    };
}
