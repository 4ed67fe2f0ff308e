import assert from "node:assert/strict";
import fc from "fast-check";
import {
    planRotation,
    type Remembered,
    type RecordedUse,
    type RotationPlan,
} from "../../rotation/plan.ts";

const SENDERS = ["s1", "s2"];
const RECEIVERS = ["r1", "r2"];
const STEPS = RECEIVERS.length + SENDERS.length + 1; // and the record

/** One thing that happens. */
type Event =
    /**
     * An update that ends after `steps` writes; with `killed`, its last write is made but not
     * recorded.
     */
    | {
          readonly kind: "update";
          readonly rotation: string;
          readonly steps: number;
          readonly killed: boolean;
      }
    /** A retirement, which the update refuses where it must. */
    | { readonly kind: "retire"; readonly label: string }
    /** A sender's kubelet shows it what its Secret holds by now. */
    | { readonly kind: "project"; readonly sender: string }
    /** Somebody deletes a Secret, which a refresh notices; pods go on with the files they have. */
    | { readonly kind: "delete"; readonly name: string };

/** A cluster and the stack's record of it. */
class World {
    readonly recorded = {
        senders: {} as Record<string, Remembered>,
        receivers: {} as Record<string, Remembered>,
        kept: [] as string[],
        labels: [] as string[],
        record: undefined as RecordedUse["record"],
        proven: undefined as number | undefined,
    };
    /** What Secrets hold in truth: a killed update writes without recording. */
    readonly live: Record<string, Remembered> = {};
    /** The generation each sender reads, which lags behind its Secret. */
    readonly read: Record<string, string> = {};
    rotation = "a";
    /** Whether receivers' counters can be read. */
    readonly counters: boolean;

    constructor(counters: boolean) {
        this.counters = counters;
    }

    happen(event: Event): void {
        if (event.kind === "project") this.project(event.sender);
        else if (event.kind === "delete") this.delete(event.name);
        else if (event.kind === "retire") this.update({ retired: [event.label] });
        else {
            this.rotation = event.rotation;
            this.update(event);
        }
    }

    project(sender: string): void {
        const generation = this.live[sender]?.current;
        if (generation !== undefined) this.read[sender] = generation;
    }

    delete(name: string): void {
        const { senders, receivers } = this.recorded;
        this.recorded.senders = without(senders, name);
        this.recorded.receivers = without(receivers, name);
    }

    /**
     * Runs an update to its end or until it is stopped; returns its plan, or undefined when it was
     * refused.
     */
    update({ steps = STEPS, killed = false, retired = [] as string[] } = {}):
        RotationPlan | undefined {
        const plan = this.plan(retired);
        if (!plan) return undefined;
        const { recorded } = this;
        recorded.labels = [...new Set([...recorded.labels, ...plan.accepted])];
        recorded.kept = [...new Set([...recorded.kept, ...plan.accepted])];
        const { current, accepted, revision } = plan;
        const written = { current, accepted, revision };
        const due = [
            ...RECEIVERS.map((name) => [recorded.receivers, name] as const),
            ...SENDERS.map((name) => [recorded.senders, name] as const),
        ].filter(([record, name]) => record[name]?.revision !== plan.revision);
        due.slice(0, steps).forEach(([record, name], step) => {
            // The gate waits for receivers to read it, nobody waits for senders
            this.live[name] = written;
            if (!killed || step !== steps - 1) record[name] = written;
            this.assertNobodyLockedOut();
        });
        if (steps > due.length) {
            recorded.proven = plan.revision;
            recorded.record = plan;
            recorded.kept = [...plan.accepted, ...plan.retired];
        }
        return plan;
    }

    /** The plan as the program makes it: with evidence, where there is some. */
    plan(retired: readonly string[]): RotationPlan | undefined {
        const named = (name: string) => ({ name });
        const goal = {
            rotation: this.rotation,
            senders: SENDERS.map(named),
            receivers: RECEIVERS.map(named),
            retired,
        };
        const used = new Set(Object.values(this.read));
        if (retired.some((label) => !this.counters || used.has(label))) return undefined;
        const unused = this.counters
            ? this.recorded.labels.filter((label) => !used.has(label))
            : [];
        try {
            return planRotation(goal, this.recorded, unused);
        } catch {
            return undefined;
        }
    }

    assertNobodyLockedOut(): void {
        for (const [sender, generation] of Object.entries(this.read)) {
            for (const receiver of RECEIVERS) {
                const accepted = this.live[receiver]?.accepted;
                assert.ok(
                    accepted?.includes(generation) !== false,
                    `${receiver} refuses ${generation}, which ${sender} reads`,
                );
            }
        }
    }
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
    return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

const LABELS = ["a", "b", "c", "d", "e", "f"];

const event: fc.Arbitrary<Event> = fc.oneof(
    { weight: 4, arbitrary: updateEvent() },
    {
        weight: 3,
        arbitrary: fc.record({
            kind: fc.constant("project" as const),
            sender: fc.constantFrom(...SENDERS),
        }),
    },
    {
        weight: 1,
        arbitrary: fc.record({
            kind: fc.constant("retire" as const),
            label: fc.constantFrom(...LABELS),
        }),
    },
    {
        weight: 1,
        arbitrary: fc.record({
            kind: fc.constant("delete" as const),
            name: fc.constantFrom(...RECEIVERS, ...SENDERS),
        }),
    },
);

function updateEvent() {
    return fc.record({
        kind: fc.constant("update" as const),
        rotation: fc.constantFrom(...LABELS),
        steps: fc.nat(STEPS),
        killed: fc.boolean(),
    });
}

function law(check: (world: World) => void): void {
    fc.assert(
        fc.property(fc.boolean(), fc.array(event, { maxLength: 30 }), (counters, history) => {
            const world = new World(counters);
            for (const one of history) {
                world.happen(one);
                world.assertNobodyLockedOut();
            }
            check(world);
        }),
        { numRuns: 10_000 },
    );
}

describe("planRotation, over 10,000 histories of finished, failed and killed updates, late senders, retirements and deleted Secrets", function () {
    this.timeout(120_000);

    it("never has a receiver refuse what a sender reads", () => {
        law(() => undefined);
    });

    it("brings every sender to the keeper once an update finishes", () => {
        law((world) => {
            const plan = world.update();
            if (!plan) return;
            for (const sender of SENDERS) {
                world.project(sender);
                assert.equal(world.read[sender], plan.current);
            }
        });
    });

    it("changes nothing when a finished update is repeated", () => {
        law((world) => {
            if (!world.update()) return;
            const before = structuredClone(world.recorded);
            world.update();
            assert.deepEqual(world.recorded, before);
        });
    });

    it("accepts two generations after two rotations that finish, once every sender reads its own", () => {
        law((world) => {
            if (!world.counters) return;
            for (const rotation of ["x", "y", "z"]) {
                world.rotation = rotation;
                world.update();
                for (const sender of SENDERS) world.project(sender);
            }
            assert.deepEqual(world.live.r1?.accepted, ["z", "y"]);
        });
    });

    it("keeps the value of every generation a receiver is recorded to accept", () => {
        law(({ recorded }) => {
            for (const receiver of RECEIVERS) {
                for (const label of recorded.receivers[receiver]?.accepted ?? [])
                    assert.ok(recorded.kept.includes(label));
            }
        });
    });
});
