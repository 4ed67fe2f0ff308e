import assert from "node:assert/strict";
import fc from "fast-check";
import { BY_HAND, RECEIVERS, type Sabotage, SENDERS, World } from "./world.ts";
import { type Course, SMOOTH, update } from "./worldUpdate.ts";

const HISTORIES = 100_000;
const LABELS = ["a", "b", "c", "d", "e"];

/** One thing that happens. */
interface Event {
    readonly [fc.toStringMethod]: () => string;
    readonly happen: (world: World) => void;
}

const label = fc.constantFrom(...LABELS, BY_HAND.label);
const age = fc.integer({ min: 1, max: 4 });
const course: fc.Arbitrary<Course> = fc.record({
    steps: fc.nat(7),
    killed: fc.boolean(),
    refreshes: fc.boolean(),
    gateFails: fc.boolean(),
});

/** Something that happens with what is drawn for it; shown by its name when a law is broken. */
function event<T>(
    name: string,
    drawn: fc.Arbitrary<T>,
    happen: (world: World, value: T) => void,
): fc.Arbitrary<Event> {
    return drawn.map((value) => ({
        [fc.toStringMethod]: () => `${name} ${JSON.stringify(value)}`,
        happen: (world) => {
            happen(world, value);
        },
    }));
}

const rotation = event("rotate", fc.tuple(label, course), (world, [next, how]) => {
    world.configure({ rotation: next });
    update(world, how);
});
const events = fc.oneof(
    { weight: 5, arbitrary: rotation },
    { weight: 2, arbitrary: event("update", course, (world, how) => update(world, how)) },
    {
        weight: 4,
        arbitrary: event("project", fc.constantFrom(...SENDERS, "s3"), (world, sender) => {
            world.project(sender);
        }),
    },
    {
        weight: 1,
        arbitrary: event(
            "retire",
            fc.tuple(fc.constantFrom("hand", ...LABELS), course),
            (world, [gone, how]) => {
                world.configure({ retired: [...world.configuration.retired, gone] });
                update(world, how);
            },
        ),
    },
    {
        weight: 2,
        arbitrary: event("leak", fc.tuple(label, course), (world, [next, how]) => {
            const leaked = world.checkpoint.senders["s1"]?.current;
            if (leaked === undefined) return;
            world.configure({ emergency: { leaked }, rotation: next });
            update(world, how);
        }),
    },
    {
        weight: 2,
        arbitrary: event(
            "push to",
            fc.tuple(fc.constantFrom("p", "q"), course),
            (world, [path, how]) => {
                // A first deployment ends where it began, and what adopts a credential, too.
                if (!world.checkpoint.record) return;
                world.configure({ path, closed: [] });
                update(world, how);
            },
        ),
    },
    {
        weight: 2,
        arbitrary: event("load", fc.constantFrom(...SENDERS, "s3"), (world, sender) => {
            world.load(sender);
        }),
    },
    event("close", fc.tuple(fc.constantFrom("p", "q"), course), (world, [path, how]) => {
        // Told to when every sender has loaded its configuration, but for one that is yet to.
        if ([...world.pushedTo.values()].includes(path)) return;
        world.configure({ closed: [path] });
        update(world, how);
    }),
    event("forget", fc.constant(null), (world) => {
        world.configure({ emergency: undefined, retired: [] });
    }),
    event("check out", age, (world, old) => {
        world.checkOut(old);
    }),
    event("delete", fc.constantFrom(...SENDERS, ...RECEIVERS), (world, name) => {
        world.delete(name);
    }),
    event("refresh", fc.constant(null), (world) => {
        world.refresh();
    }),
    event("put back Secrets", age, (world, old) => {
        world.restoreObjects(old);
    }),
    event("import a checkpoint", age, (world, old) => {
        world.restoreCheckpoint(old);
    }),
    {
        weight: 3,
        arbitrary: event(
            "adopt",
            fc.tuple(fc.constantFrom("hand", "mine"), fc.constantFrom("hand#0", "hand#1")),
            (world, [name, value]) => {
                world.configure({ adopted: { label: name, value } });
            },
        ),
    },
    event("take adopted out", fc.constant(null), (world) => {
        world.configure({ adopted: undefined });
    }),
    event("sender s3", fc.boolean(), (world, there) => {
        world.configure({ senders: there ? [...SENDERS, "s3"] : SENDERS });
    }),
    {
        weight: 2,
        arbitrary: event("receiver r3", fc.tuple(fc.boolean(), course), (world, [there, how]) => {
            // Taken out when every sender has left it, but for one that is yet to load where it goes.
            if (!there && [...world.pushedAt.values()].includes("r3")) return;
            if (there) world.configure({ receivers: [...RECEIVERS, "r3"] });
            else world.configure({ receivers: RECEIVERS, targets: {} });
            update(world, how);
        }),
    },
    {
        weight: 2,
        arbitrary: event(
            "push at",
            fc.tuple(fc.constantFrom(...SENDERS, "s3"), fc.constantFrom("r1", "r3", "r3"), course),
            (world, [sender, to, how]) => {
                const { targets } = world.configuration;
                world.configure({ targets: { ...targets, [sender]: to } });
                update(world, how);
            },
        ),
    },
);

/** What must hold whatever happened before. */
type Law = (world: World) => void;

function hold(law: Law, histories = HISTORIES, sabotage?: Sabotage): void {
    const history = fc.array(events, { maxLength: 25 });
    fc.assert(
        fc.property(fc.boolean(), fc.boolean(), history, (counters, byHand, happened) => {
            const world = new World(counters, byHand, sabotage);
            for (const { happen } of happened) {
                happen(world);
                world.assertNobodyLockedOut();
            }
            law(world);
        }),
        { numRuns: histories },
    );
}

/** A world as it is, to be broken without breaking the next law's. */
const LAWS: Readonly<Record<string, Law>> = {
    "nobody is let in with what was refused, and everybody else is": () => undefined,

    "every sender is at the keeper once an update finishes": (world) => {
        const plan = update(world);
        if (!plan) return;
        for (const sender of SENDERS) {
            world.project(sender);
            assert.equal(world.objects.get(sender)?.current, plan.current);
        }
        world.assertNobodyLockedOut();
    },

    "a finished update that is repeated changes nothing": (world) => {
        if (!update(world) || !update(world)) return; // an emergency takes two
        const before = structuredClone(world.checkpoint);
        assert.ok(update(world));
        assert.deepEqual(world.checkpoint, before);
    },

    "receivers accept two generations once two rotations have finished, where use is counted": (
        world,
    ) => {
        const receivers = [...RECEIVERS, "r3"];
        world.configure({ senders: SENDERS, receivers, targets: {}, retired: [] });
        world.configure({ emergency: undefined });
        for (const sender of world.pushedWith.keys()) {
            // Whoever is not the stack's has stopped, too.
            if (!SENDERS.some((one) => one === sender)) world.pushedWith.delete(sender);
        }
        let finished = true;
        for (const next of ["x", "y", "z"]) {
            world.configure({ rotation: next });
            finished &&= update(world) !== undefined;
            for (const sender of SENDERS) world.project(sender);
        }
        if (finished && world.counters) {
            assert.deepEqual(world.objects.get("r1")?.accepted, ["z", "y"]);
        }
    },

    "the value of every generation that is accepted can be had": (world) => {
        if (!update(world)) return;
        for (const receiver of RECEIVERS) {
            const values = world.objects.get(receiver)?.values ?? {};
            for (const value of Object.values(values)) assert.ok(world.knows(value));
        }
    },

    "an emergency ends the leaked generation, whoever is at it, also when nothing can be proven": (
        world,
    ) => {
        const leaked = world.objects.get("s1");
        if (!leaked || !update(world)) return;
        const value = world.objects.get("s1")?.values[world.configuration.rotation];
        const { rotation: current } = world.configuration;
        world.configure({ rotation: "z", emergency: { leaked: current } });
        for (let tried = 1; tried <= 2; tried++) {
            assert.ok(update(world, { ...SMOOTH, gateFails: true }), "the emergency is refused");
        }
        for (const receiver of RECEIVERS) {
            assert.ok(
                !Object.values(world.letIn.get(receiver)?.values ?? {}).includes(value ?? ""),
            );
        }
        for (const sender of SENDERS) {
            assert.equal(world.objects.get(sender)?.current, "z");
        }
    },
};

describe("planRotation, over histories of updates that finish, fail and are killed, leaks, retirements, and a world that others change", function () {
    this.timeout(600_000);
    for (const [name, law] of Object.entries(LAWS)) {
        it(name, () => {
            hold(law, Math.ceil(HISTORIES / Object.keys(LAWS).length));
        });
    }
});

/** What each mend of the program guards. */
const GUARDED: Readonly<Record<Sabotage, keyof typeof LAWS>> = {
    "forgets refusals": "nobody is let in with what was refused",
    "forgets what was adopted": "nobody is let in with what was refused",
    "does not look at what is there": "nobody is let in with what was refused",
    "closes a path that senders have left by its configuration":
        "nobody is let in with what was refused",
    "takes out a receiver that is pushed to": "nobody is let in with what was refused",
    "holds everybody back": "an emergency ends",
    "sets nothing aside in an emergency": "an emergency ends",
    "leaves out the last sender": "every sender is at the keeper",
    "makes a new plan each time": "a finished update that is repeated changes nothing",
    "drops nothing": "receivers accept two generations",
    "knows no value but those it made": "the value of every generation that is accepted",
};

describe("the laws of the plan", function () {
    this.timeout(600_000);
    for (const [sabotage, name] of Object.entries(GUARDED)) {
        it(`are broken by a program that ${sabotage}`, () => {
            const law = Object.entries(LAWS).find(([fact]) => fact.startsWith(name))?.[1];
            assert.ok(law);
            assert.throws(() => {
                hold(law, 20 * HISTORIES, sabotage as Sabotage); // it ends at the first
            }, /Counterexample/);
        });
    }
});
