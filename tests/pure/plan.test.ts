import assert from "node:assert/strict";
import fc from "fast-check";
import { generationsInUse, planRotation, type RecordedSecret } from "../../lib/plan.ts";

const named = (name: string) => ({ name });
const goal = { senders: ["s1", "s2"].map(named), receivers: ["r1", "r2"].map(named) };

/** A Secret as recorded: `"3 b,a"` was written for revision 3. */
function secret(text: string): RecordedSecret {
    const [revision, labels = ""] = text.split(" ");
    return { revision: Number(revision), accepted: labels.split(",") };
}

/** A record in which everything configured is known. */
function record(s1: string, s2: string, r1: string, r2 = r1) {
    return {
        senders: { s1: secret(s1), s2: secret(s2) },
        receivers: { r1: secret(r1), r2: secret(r2) },
    };
}

describe("planRotation", () => {
    const all = (text: string) => record(text, text, text);
    const cases = [
        ["accepts the keeper alone on a new stack", "a", { senders: {}, receivers: {} }, "1 a"],
        ["overlaps with what is in use on a first bump", "b", all("1 a"), "2 b,a"],
        ["changes nothing when the keeper stays", "b", all("2 b,a"), "2 b,a"],
        ["drops the oldest on a second bump", "c", all("2 b,a"), "3 c,b"],
        ["accepts what it goes back from", "a", all("2 b,a"), "3 a,b"],
        ["drops nothing while a sender is behind", "c", record("2 b,a", "1 a", "2 b,a"), "3 c,b,a"],
        [
            // A killed engine may have switched a sender to b without recording it.
            "drops nothing, and writes all again, when it goes back from an unfinished rotation",
            "a",
            record("1 a", "1 a", "2 b,a"),
            "3 a,b",
        ],
        ["goes on with an unfinished rotation", "b", record("1 a", "1 a", "2 b,a", "1 a"), "3 b,a"],
        [
            "drops nothing while a sender was never recorded",
            "c",
            { ...all("2 b,a"), senders: { s1: secret("2 b,a") } },
            "3 c,b,a",
        ],
        [
            "drops nothing while a receiver was never recorded",
            "c",
            { ...all("2 b,a"), receivers: { r1: secret("2 b,a") } },
            "3 c,b,a",
        ],
        [
            "drops nothing while a sender that is no longer configured is behind",
            "c",
            { ...all("2 b,a"), senders: { ...all("2 b,a").senders, gone: secret("1 a") } },
            "3 c,b,a",
        ],
    ] as const;
    for (const [fact, rotation, recorded, expected] of cases) {
        it(fact, () => {
            const plan = planRotation({ ...goal, rotation }, recorded);
            assert.deepEqual(plan, { current: rotation, ...secret(expected) });
        });
    }
});

describe("generationsInUse", () => {
    it("lists what senders use, once each", () => {
        assert.deepEqual(generationsInUse(record("2 b,a", "1 a", "2 b,a")), ["b", "a"]);
        assert.deepEqual(generationsInUse(record("1 a", "1 a", "2 b,a")), ["a"]);
    });
});

/** What senders use and receivers accept, by name. */
interface Use {
    readonly senders: Record<string, RecordedSecret>;
    readonly receivers: Record<string, RecordedSecret>;
}

/** A live cluster and the stack's record of it; they differ after a killed update. */
interface World {
    readonly live: Use;
    readonly recorded: Use;
}

/** An update that ends after `steps` writes; with `killed`, its last write is made but not recorded. */
interface Update {
    readonly keeper: string;
    readonly steps: number;
    readonly killed: boolean;
}

const fleet = { senders: ["s1", "s2", "s3"].map(named), receivers: ["r1", "r2"].map(named) };
const ALL_STEPS = fleet.senders.length + fleet.receivers.length;

/** Writes what the engine would write: every Secret whose record differs, receivers before senders. */
function runUpdate(world: World, { keeper, steps, killed }: Update, check: () => void): void {
    const plan = planRotation({ ...fleet, rotation: keeper }, world.recorded);
    const written = { accepted: plan.accepted, revision: plan.revision };
    const places = [
        ...fleet.receivers.map(({ name }) => ["receivers", name] as const),
        ...fleet.senders.map(({ name }) => ["senders", name] as const),
    ];
    const due = places.filter(
        ([kind, name]) => world.recorded[kind][name]?.revision !== plan.revision,
    );
    due.slice(0, steps).forEach(([kind, name], step) => {
        world.live[kind][name] = written;
        if (!killed || step !== steps - 1) world.recorded[kind][name] = written;
        check();
    });
}

const updates = fc.array(
    fc.record({
        keeper: fc.constantFrom("a", "b", "c", "d", "e"),
        steps: fc.nat(ALL_STEPS),
        killed: fc.boolean(),
    }),
    { maxLength: 30 },
);

function newWorld(): World {
    return { live: { senders: {}, receivers: {} }, recorded: { senders: {}, receivers: {} } };
}

function assertNobodyLockedOut({ live }: World): void {
    for (const generation of generationsInUse(live)) {
        for (const [receiver, { accepted }] of Object.entries(live.receivers)) {
            assert.ok(accepted.includes(generation), `${receiver} refuses ${generation}`);
        }
    }
}

describe("planRotation, over any history of finished, failed and killed updates", () => {
    const numRuns = 10_000;

    it("never leaves a sender with a generation a receiver refuses", () => {
        fc.assert(
            fc.property(updates, (history) => {
                const world = newWorld();
                for (const update of history) {
                    runUpdate(world, update, () => {
                        assertNobodyLockedOut(world);
                    });
                }
            }),
            { numRuns },
        );
    }).timeout(60_000);

    it("brings every live sender to the keeper once an update finishes", () => {
        fc.assert(
            fc.property(updates, fc.constantFrom("a", "b", "c"), (history, keeper) => {
                const world = newWorld();
                for (const update of history) runUpdate(world, update, () => undefined);
                runUpdate(world, { keeper, steps: ALL_STEPS, killed: false }, () => undefined);
                assert.deepEqual(generationsInUse(world.live), [keeper]);
            }),
            { numRuns },
        );
    }).timeout(60_000);

    it("changes nothing when a finished update is repeated", () => {
        fc.assert(
            fc.property(updates, fc.constantFrom("a", "b", "c"), (history, keeper) => {
                const world = newWorld();
                const finish = { keeper, steps: ALL_STEPS, killed: false };
                for (const update of [...history, finish])
                    runUpdate(world, update, () => undefined);
                const before = structuredClone(world);
                runUpdate(world, finish, () => undefined);
                assert.deepEqual(world, before);
            }),
            { numRuns },
        );
    }).timeout(60_000);

    it("accepts two generations at most after two rotations that finish", () => {
        fc.assert(
            fc.property(updates, (history) => {
                const world = newWorld();
                for (const update of history) runUpdate(world, update, () => undefined);
                for (const keeper of ["x", "y"]) {
                    runUpdate(world, { keeper, steps: ALL_STEPS, killed: false }, () => undefined);
                }
                const { r1, r2 } = world.live.receivers;
                assert.deepEqual(
                    [r1?.accepted, r2?.accepted],
                    [
                        ["y", "x"],
                        ["y", "x"],
                    ],
                );
            }),
            { numRuns },
        );
    }).timeout(60_000);
});
