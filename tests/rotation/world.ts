// A cluster, what runs in it, and the stack's record of it. What others do to it is here; what an
// update does is in `worldUpdate.ts`.
import assert from "node:assert/strict";
import type { RecordedPaths } from "../../rotation/paths.ts";
import type { RecordedPlan, RecordedUse, Remembered } from "../../rotation/recordedUse.ts";
import type { RotationGoal } from "../../rotation/goal.ts";

/** Those that always are there; another one of each comes and goes. */
export const SENDERS = ["s1", "s2"] as const;
export const RECEIVERS = ["r1", "r2"] as const;

/** Values by label, as an object has them: a label is not a value. */
export type Values = Readonly<Record<string, string>>;

/**
 * A Secret, and a sender's configuration with it: what it was written for, what it holds, and which
 * paths it opens or pushes to.
 */
export interface Held extends Remembered {
    readonly values: Values;
    readonly paths: readonly string[];
    /** The receiver a sender is to push to. */
    readonly to?: string | undefined;
}

/** What an update is told. */
export interface Configuration {
    readonly rotation: string;
    readonly senders: readonly string[];
    readonly receivers: readonly string[];
    /** The receiver of each sender; the first of all for those that are not in it. */
    readonly targets: Readonly<Record<string, string>>;
    readonly retired: readonly string[];
    /** Where senders are to push, and where no longer. */
    readonly path: string;
    readonly closed: readonly string[];
    readonly emergency?: { readonly leaked: string } | undefined;
    readonly adopted?: { readonly label: string; readonly value: string } | undefined;
}

/** The checkpoint of the engine. */
export interface Checkpoint extends Omit<
    RecordedUse,
    "kept" | "values" | "senders" | "receivers" | "paths"
> {
    readonly senders: Readonly<Record<string, Held>>;
    readonly receivers: Readonly<Record<string, Held>>;
    /** The values of what was made here and is kept. */
    readonly made: Values;
    /** What receivers were told to open, and where the last rotation was proven. */
    readonly told: Readonly<Record<string, readonly string[]>>;
    readonly provenAt: readonly string[];
}

const EMPTY: Checkpoint = {
    ...{ senders: {}, receivers: {}, labels: [], refused: [], adoptions: {}, made: {} },
    ...{ record: undefined, proven: undefined, told: {}, provenAt: [] },
};

/** What was there before this program, in half of the histories. */
export const BY_HAND = { label: "hand", value: "hand#0" };
const BY_HAND_REVISION = 0;

export const isByHand = ({ revision }: Held) => revision === BY_HAND_REVISION;

/** What a program without a mend would do; each is shown to break a law. */
export type Sabotage =
    | "forgets refusals"
    | "forgets what was adopted"
    | "does not look at what is there"
    | "holds everybody back"
    | "closes a path that senders have left by its configuration"
    | "takes out a receiver that is pushed to"
    | "sets nothing aside in an emergency"
    | "leaves out the last sender"
    | "makes a new plan each time"
    | "drops nothing"
    | "knows no value but those it made";

export class World {
    configuration: Configuration = {
        rotation: "a",
        senders: SENDERS,
        receivers: RECEIVERS,
        targets: {},
        retired: [],
        path: "p",
        closed: [],
    };
    checkpoint: Checkpoint = EMPTY;
    /** The Secrets there are. */
    readonly objects = new Map<string, Held>();
    /** What receivers let in; it is there after its Secret is gone. */
    readonly letIn = new Map<string, Held>();
    /** The value each sender pushes with, which lags behind its Secret. */
    readonly pushedWith = new Map<string, string>();
    /** The path each sender pushes to: that of the configuration it loaded last. */
    readonly pushedTo = new Map<string, string>();
    /** The receiver, likewise. */
    readonly pushedAt = new Map<string, string>();
    /** Values that a receiver was told to refuse, once and for all, and their labels. */
    readonly refused = new Map<string, string>();
    /** Those of them that nothing knows of any more; receivers refuse them until they are told again. */
    readonly forgotten = new Set<string>();
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
            ...{ values: { hand: BY_HAND.value }, paths: ["p"] },
        };
        for (const sender of SENDERS) {
            this.pushedWith.set(sender, BY_HAND.value);
            this.pushedTo.set(sender, "p");
        }
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
        if (!this.pushedTo.has(sender)) this.load(sender); // it is started
    }

    /** A sender loads its configuration, as it does when it is told to or started again. */
    load(sender: string): void {
        const { paths: [path] = [], to = RECEIVERS[0] } = this.objects.get(sender) ?? {};
        if (path === undefined) return;
        this.pushedTo.set(sender, path);
        this.pushedAt.set(sender, to);
    }

    /** Somebody deletes a Secret; what mounts it goes on with the files it has. */
    delete(name: string): void {
        const held = this.objects.get(name);
        if (held && !isByHand(held) && this.checkpoint.record) this.objects.delete(name);
    }

    /** A backup of the cluster puts its Secrets back, and what mounts them reads them. */
    restoreObjects(age: number): void {
        const backup = this.backups.at(-age)?.objects;
        // A backup that lacks somebody locks them out by itself.
        const there = [...this.objects.keys(), ...SENDERS, ...RECEIVERS];
        if (!backup || !there.every((name) => backup.has(name))) return;
        for (const [name, held] of backup) {
            this.objects.set(name, held);
            if (name.startsWith("r")) {
                this.letIn.set(name, held);
                continue;
            }
            this.project(name);
            this.load(name);
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
            if (known.includes(label)) continue;
            this.refused.delete(value);
            this.forgotten.add(value);
        }
    }

    /** Another checkout, which has not pulled. */
    checkOut(age: number): void {
        const former = this.configurations.at(-age);
        // What it names as closed is taken at its word.
        const pushed = [...this.pushedTo.values()];
        if (former?.closed.every((path) => !pushed.includes(path))) this.configuration = former;
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
        const isForgetful = sabotage === "knows no value but those it made";
        const holders = isForgetful ? [] : Object.values(checkpoint.receivers);
        const held = holders.map(({ values }) => values);
        const recorded: RecordedUse = {
            ...checkpoint,
            kept: Object.keys(made),
            values: Object.assign({}, ...held, made) as Values,
            paths: Object.fromEntries(
                Object.entries(checkpoint.receivers).map(([name, { paths }]) => [
                    name,
                    { open: paths },
                ]),
            ),
        };
        if (sabotage === "forgets refusals") return withoutRefusals(recorded);
        if (sabotage === "forgets what was adopted") return { ...recorded, adoptions: {} };
        return recorded;
    }

    /** What is recorded of the paths of a receiver. */
    recordedPaths(receiver: string): RecordedPaths {
        const { told, provenAt, receivers, senders } = this.checkpoint;
        return {
            open: receivers[receiver]?.paths,
            told: told[receiver],
            proven: this.checkpoint.record && provenAt,
            used: Object.values(senders).flatMap(({ paths }) => paths),
        };
    }

    goal(): RotationGoal {
        const { configuration } = this;
        const { path } = configuration;
        return {
            ...configuration,
            senders: configuration.senders.map((name) => ({ name })),
            receivers: configuration.receivers.map((name) => ({ name, path })),
        };
    }

    /** Nobody pushes with what a receiver refuses, unless it was told to refuse it for good. */
    assertNobodyLockedOut(): void {
        for (const [sender, value] of this.pushedWith) {
            const at = this.pushedAt.get(sender) ?? RECEIVERS[0];
            const isThere = this.letIn.has(at) || RECEIVERS.some((one) => one === at);
            assert.ok(isThere, `${at}, which ${sender} pushes to, is gone`);
            if (this.refused.has(value) || this.forgotten.has(value)) continue;
            for (const receiver of new Set([...RECEIVERS, at])) {
                const held = this.letIn.get(receiver);
                if (!held) continue;
                assert.ok(
                    Object.values(held.values).includes(value),
                    `${receiver} refuses ${value}, which ${sender} pushes with`,
                );
                const path = this.pushedTo.get(sender) ?? "";
                assert.ok(
                    held.paths.includes(path),
                    `${receiver} does not open ${path}, which ${sender} pushes to`,
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
