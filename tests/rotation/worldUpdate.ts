import assert from "node:assert/strict";
import { formerPaths, strangePaths } from "../../rotation/paths.ts";
import { adoptionOf } from "../../rotation/recordedUse.ts";
import { isStrange } from "../../rotation/strange.ts";
import { lockedOut, planRotation, type RotationPlan } from "../../rotation/plan.ts";
import { retiring } from "../../rotation/goal.ts";
import { type Checkpoint, type Held, isByHand, type Values, type World } from "./world.ts";

/** How an update goes. */
export interface Course {
    /** Writes before it ends. */
    readonly steps: number;
    /** Whether its last write is made but not recorded. */
    readonly killed: boolean;
    /** Whether the engine reads the objects first, as `refresh: always` has it. */
    readonly refreshes: boolean;
    /** Whether the gate fails, for a reason that senders do not share. */
    readonly gateFails: boolean;
}

export const SMOOTH: Course = { steps: 99, killed: false, refreshes: true, gateFails: false };

/**
 * Runs an update; returns its plan, or undefined when it was refused before anything changed. The
 * plan is made from what was recorded before the engine refreshed it.
 */
export function update(world: World, course: Course = SMOOTH): RotationPlan | undefined {
    const plan = planOf(world);
    if (!plan) return undefined;
    const run = new Update(world, plan, course);
    const strange = world.sabotage !== "does not look at what is there" && run.isStrange();
    world.backups.push({ checkpoint: world.checkpoint, objects: new Map(world.objects) });
    if (course.refreshes) world.refresh();
    if (strange) return undefined;
    run.issue();
    run.write();
    return plan;
}

/** The plan as the program makes it: with evidence, where there is some. */
export function planOf(world: World): RotationPlan | undefined {
    const [recorded, configured] = [world.recorded(), world.goal()];
    const goal =
        world.sabotage === "sets nothing aside in an emergency" && configured.retired.length > 0
            ? { ...configured, emergency: undefined }
            : configured;
    const isUsed = (label: string) =>
        [...world.pushedWith.values()].includes(recorded.values[label] ?? "");
    if (retiring(goal, recorded).some((label) => !world.counters || isUsed(label)))
        return undefined;
    if (closesWhatIsUsed(world) || leavesWhatIsUsed(world)) return undefined;
    if (takesOverWhatIsUnknown(world)) return undefined;
    const counts = world.counters && world.sabotage !== "drops nothing";
    const unused = counts ? recorded.labels.filter((label) => !isUsed(label)) : [];
    try {
        const plan = planRotation(goal, recorded, unused);
        const isNew = world.sabotage === "makes a new plan each time";
        return isNew ? { ...plan, revision: plan.revision + 1 } : plan;
    } catch {
        return undefined;
    }
}

/** A path that senders are to push to, or do by their recorded configuration. */
function closesWhatIsUsed({ configuration, checkpoint }: World): boolean {
    const { path, closed } = configuration;
    const used = Object.values(checkpoint.senders).flatMap(({ paths }) => paths);
    return closed.some((one) => one === path || used.includes(one));
}

/** A receiver that senders are to push to, or do by their configuration as recorded or found. */
function leavesWhatIsUsed({ configuration, checkpoint, objects, sabotage }: World): boolean {
    const { receivers, senders, targets } = configuration;
    const isThere = (to: string | undefined) => to === undefined || receivers.includes(to);
    if (!senders.every((name) => isThere(targets[name]))) return true; // no such receiver
    if (sabotage === "takes out a receiver that is pushed to") return false;
    const leaves = (to: string | undefined) => !isThere(to) && (to ?? "") in checkpoint.receivers;
    return senders.some(
        (name) => leaves(checkpoint.senders[name]?.to) || leaves(objects.get(name)?.to),
    );
}

/** What was made by hand, and no generation has: also when a backup puts it back. */
function takesOverWhatIsUnknown({ configuration, checkpoint, objects }: World): boolean {
    const written = Object.values(checkpoint.receivers).filter((one) => !isByHand(one));
    const known = [checkpoint.made, ...written.map(({ values }) => values)].flatMap(Object.values);
    const foreign = [...objects.values()].filter(isByHand);
    return foreign
        .flatMap(({ values }) => Object.values(values))
        .some((value) => value !== configuration.adopted?.value && !known.includes(value));
}

let made = 0;

/** One update, from when its plan is made. */
class Update {
    readonly #world: World;
    readonly #plan: RotationPlan;
    readonly #course: Course;
    /** Of every generation the update works with. */
    readonly #values: Values;
    /** What each receiver is to open. */
    readonly #paths: ReadonlyMap<string, readonly string[]>;
    #left: number;

    constructor(world: World, plan: RotationPlan, course: Course) {
        this.#world = world;
        this.#plan = plan;
        this.#course = course;
        this.#left = course.steps;
        const { adopted } = world.configuration;
        const { values } = world.recorded();
        const known = adopted ? { ...values, [adopted.label]: adopted.value } : values;
        this.#values = Object.fromEntries(
            [...plan.accepted, ...plan.retired].map((label) => [
                label,
                known[label] ?? `${label}#${++made}`,
            ]),
        );
        const { configuration, sabotage } = world;
        const { path, receivers } = configuration;
        const closes = sabotage === "closes a path that senders have left by its configuration";
        this.#paths = new Map(
            receivers.map((name) => {
                const former = closes ? [] : formerPaths(configuration, world.recordedPaths(name));
                return [name, [path, ...former]];
            }),
        );
    }

    /** What the state does not know of what is there stops an update. */
    isStrange(): boolean {
        const { configuration, objects } = this.#world;
        const [goal, recorded] = [this.#world.goal(), this.#world.recorded()];
        const { receivers, senders } = this.#world.checkpoint;
        return [...configuration.receivers, ...configuration.senders].some((name) => {
            const held = objects.get(name);
            const { values = {}, refused = [] } = held ?? {};
            const paths = this.#paths.has(name)
                ? strangePaths(held?.paths ?? [], configuration, this.#world.recordedPaths(name))
                : [];
            const known = receivers[name] ?? senders[name];
            const isAsRecorded =
                held?.revision === known?.revision &&
                held?.accepted.join() === known?.accepted.join();
            if (held && isAsRecorded) return false; // what it holds was edited at most
            const pushes = configuration.senders.includes(name);
            const are = Object.values(values).map((one) => (other: string) => one === other);
            const found = { pushes, values: are, refused, paths };
            return isStrange(found, this.#plan, goal, recorded);
        });
    }

    /** Makes what has no value yet, and remembers what must never be forgotten. */
    issue(): void {
        const { checkpoint, configuration } = this.#world;
        const recorded = this.#world.recorded();
        const { adopted } = configuration;
        const fresh = Object.entries(this.#values).filter(
            ([label]) => !(label in recorded.values) && label !== adopted?.label,
        );
        const label = adopted?.label ?? "";
        const adoption =
            adopted && label in this.#values && !(label in checkpoint.adoptions)
                ? { [label]: adoptionOf("salt", adopted.value) }
                : {};
        this.#world.checkpoint = {
            ...checkpoint,
            labels: [...new Set([...checkpoint.labels, ...[...this.#plan.accepted].reverse()])],
            made: { ...checkpoint.made, ...Object.fromEntries(fresh) },
            refused: this.#plan.refused,
            adoptions: { ...checkpoint.adoptions, ...adoption },
            told: { ...checkpoint.told, ...this.#toTell() },
        };
    }

    /** What receivers are told to open, where it is not the one path they always did. */
    #toTell(): Checkpoint["told"] {
        const { told } = this.#world.checkpoint;
        return Object.fromEntries(
            [...this.#paths].filter(([name, paths]) => told[name] ?? paths.length > 1),
        );
    }

    /** Writes receivers, senders and the record, in that order. */
    write(): void {
        const { receivers, senders } = this.#world.configuration;
        const { sabotage, checkpoint } = this.#world;
        const { gateFails } = this.#course;
        if (!receivers.every((name) => this.#hold("receivers", name))) return;
        const urgent = lockedOut(this.#plan, checkpoint);
        const free = senders.filter(
            (name) => !gateFails || (urgent.includes(name) && sabotage !== "holds everybody back"),
        );
        const written = sabotage === "leaves out the last sender" ? free.slice(0, -1) : free;
        if (!written.every((name) => this.#hold("senders", name))) return;
        if (free.length < senders.length && !this.#areWritten(senders)) return;
        if (this.#left-- > 0) this.#conclude();
    }

    #areWritten(senders: readonly string[]): boolean {
        return senders.every(
            (name) => this.#world.checkpoint.senders[name]?.revision === this.#plan.revision,
        );
    }

    /** Brings an object to what it should be; false when the update ends before. */
    #hold(role: "receivers" | "senders", name: string): boolean {
        const recorded = this.#world.checkpoint[role][name];
        const { current, accepted, revision, refused } = this.#plan;
        const labels = role === "receivers" ? accepted : [current];
        const values = Object.fromEntries(
            labels.map((label) => [label, this.#values[label] ?? ""]),
        );
        const paths = this.#paths.get(name) ?? [this.#world.configuration.path];
        const to = role === "senders" ? this.#world.configuration.targets[name] : undefined;
        const isWritten = recorded?.revision === revision && sameValues(recorded.values, values);
        const isRouted = recorded?.paths.join() === paths.join() && recorded.to === to;
        if (isWritten && isRouted) return true;
        if (this.#left-- <= 0) return false;
        const told = role === "receivers" ? { refused } : {};
        const held: Held = { current, accepted, revision, values, paths, to, ...told };
        const present = this.#world.objects.get(name);
        if (role === "receivers" || !present) this.#put(role, name, held);
        else {
            // A sender's configuration is an object of its own.
            if (!isWritten)
                this.#put(role, name, { ...held, paths: present.paths, to: present.to });
            const credential = this.#world.objects.get(name) ?? held;
            if (!isRouted) this.#world.objects.set(name, { ...credential, paths, to });
            this.#world.assertNobodyLockedOut();
        }
        if (!this.#course.killed || this.#left > 0) {
            const isRoute = role === "senders" && isWritten;
            const known = isRoute ? { ...recorded, paths, to } : held;
            const written = { ...this.#world.checkpoint[role], [name]: known };
            this.#world.checkpoint = { ...this.#world.checkpoint, [role]: written };
        }
        return true;
    }

    #put(role: "receivers" | "senders", name: string, held: Held): void {
        const world = this.#world;
        world.objects.set(name, held);
        if (role === "receivers") {
            world.letIn.set(name, held); // the gate waits for it
            for (const label of this.#plan.retired) {
                world.refused.set(this.#values[label] ?? "", label);
            }
        }
        const back = Object.values(held.values).find((value) => world.refused.has(value));
        assert.equal(back, undefined, `what was refused is accepted again by ${name}`);
        world.assertNobodyLockedOut();
    }

    /** The end of an update: what is configured no more goes, and the rotation is on record. */
    #conclude(): void {
        const world = this.#world;
        const { checkpoint } = world;
        const { receivers, senders } = world.configuration;
        const { current: generation, accepted, retired, revision } = this.#plan;
        const record = { generation, accepted, retired, revision };
        world.checkpoint = {
            ...checkpoint,
            receivers: only(checkpoint.receivers, receivers),
            senders: only(checkpoint.senders, senders),
            made: only(checkpoint.made, [...accepted, ...retired]),
            told: only(checkpoint.told, receivers),
            provenAt:
                checkpoint.record?.revision === revision
                    ? checkpoint.provenAt
                    : [world.configuration.path],
            record: checkpoint.record?.revision === revision ? checkpoint.record : record,
            proven: revision,
        } satisfies Checkpoint;
        // What the state does not know stays.
        for (const name of Object.keys({ ...checkpoint.receivers, ...checkpoint.senders })) {
            if ([...receivers, ...senders].includes(name)) continue;
            world.objects.delete(name);
            for (const there of [world.letIn, world.pushedWith, world.pushedTo, world.pushedAt]) {
                there.delete(name);
            }
        }
    }
}

function sameValues(one: Values, other: Values): boolean {
    const sorted = (values: Values) => JSON.stringify(Object.entries(values).sort());
    return sorted(one) === sorted(other);
}

function only<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
    return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}
