import assert from "node:assert/strict";
import { droppable, planRotation } from "../../rotation/plan.ts";
import { generationsInUse, type Remembered, type RecordedUse } from "../../rotation/recordedUse.ts";

const named = (name: string) => ({ name });
const goal = { senders: ["s1", "s2"].map(named), receivers: ["r1", "r2"].map(named), retired: [] };

/** A Secret as recorded: `"3 b,a"` was written for revision 3. */
function secret(text: string): Remembered {
    const [revision, labels = ""] = text.split(" ");
    const accepted = labels.split(",");
    return { revision: Number(revision), current: accepted[0] ?? "", accepted };
}

/**
 * A record in which everything configured is known, and the revision of the first sender proven.
 */
function record(s1: string, s2: string, r1: string, r2 = r1): RecordedUse {
    const labels = [...new Set([s1, s2, r1, r2].flatMap((text) => secret(text).accepted))].sort();
    return {
        senders: { s1: secret(s1), s2: secret(s2) },
        receivers: { r1: secret(r1), r2: secret(r2) },
        kept: labels,
        values: Object.fromEntries(labels.map((label) => [label, `value of ${label}`])),
        labels,
        ...{ refused: [], adoptions: {}, paths: {} },
        record: { ...secret(s1), generation: secret(s1).current, retired: [] },
        proven: secret(s1).revision,
    };
}

const all = (text: string) => record(text, text, text);
const nothing: RecordedUse = {
    senders: {},
    receivers: {},
    kept: [],
    values: {},
    labels: [],
    ...{ refused: [], adoptions: {}, paths: {} },
    record: undefined,
    proven: undefined,
};
const everything = ["a", "b", "c", "d"];

describe("planRotation", () => {
    /** What happens, the keeper, the record, the plan, and what nobody uses. */
    const cases: readonly (readonly [string, string, RecordedUse, string, string[]?])[] = [
        ["accepts the keeper alone on a new stack", "a", nothing, "1 a"],
        ["overlaps with what is in use on a first bump", "b", all("1 a"), "2 b,a"],
        ["changes nothing when the keeper stays", "b", all("2 b,a"), "2 b,a", everything],
        [
            "drops the oldest on a second bump when nobody uses it",
            "c",
            all("2 b,a"),
            "3 c,b",
            ["a"],
        ],
        [
            "keeps the oldest on a second bump when somebody may use it",
            "c",
            all("2 b,a"),
            "3 c,b,a",
        ],
        ["never drops what senders are recorded to use", "c", all("2 b,a"), "3 c,b", everything],
        ["accepts what it goes back from", "a", all("2 b,a"), "3 a,b", everything],
        [
            "drops nothing while a sender is behind",
            "c",
            record("2 b,a", "1 a", "2 b,a"),
            "3 c,b,a",
            everything,
        ],
        [
            // A killed engine may have switched a sender to b without recording it.
            "drops nothing, and writes all again, when it goes back from an unfinished rotation",
            "a",
            record("1 a", "1 a", "2 b,a"),
            "3 a,b",
            everything,
        ],
        ["goes on with an unfinished rotation", "b", record("1 a", "1 a", "2 b,a", "1 a"), "3 b,a"],
        [
            "drops nothing, and writes all again, while the last rotation is not proven",
            "b",
            { ...all("2 b,a"), proven: undefined },
            "3 b,a",
            everything,
        ],
        [
            "drops nothing while a sender was never recorded",
            "c",
            { ...all("2 b,a"), senders: { s1: secret("2 b,a") } },
            "3 c,b,a",
            everything,
        ],
        [
            "drops nothing while a receiver was never recorded",
            "c",
            { ...all("2 b,a"), receivers: { r1: secret("2 b,a") } },
            "3 c,b,a",
            everything,
        ],
        [
            "drops nothing while a sender that is no longer configured is behind",
            "c",
            { ...all("2 b,a"), senders: { ...all("2 b,a").senders, gone: secret("1 a") } },
            "3 c,b,a",
            everything,
        ],
    ];
    for (const [fact, rotation, recorded, expected, unused] of cases) {
        it(fact, () => {
            const plan = planRotation({ ...goal, rotation }, recorded, unused);
            assert.deepEqual(plan, {
                ...secret(expected),
                retired: [],
                refused: [],
                current: rotation,
            });
        });
    }

    it("accepts what was made for a rotation that is not on record, as receivers and senders may have it", () => {
        const before = all("2 b,a");
        const [kept, values] = [["a", "b", "c"], { ...before.values, c: "value of c" }];
        const attempted = { ...before, kept, labels: kept, values };
        const back = planRotation({ ...goal, rotation: "b" }, attempted, everything);
        assert.deepEqual([back.accepted, back.revision], [["b", "a", "c"], 3]);
        const dropped = { ...before, kept: ["a", "b", "0"], labels: ["0", "a", "b"] };
        const same = planRotation({ ...goal, rotation: "b" }, dropped, everything);
        assert.deepEqual([same.accepted, same.revision], [["b", "a"], 2]);
    });

    it("leaves what it retires by name out of what it drops by proof", () => {
        const both = { ...goal, rotation: "c", retired: ["a"] };
        assert.deepEqual(droppable(both, all("2 b,a")), []);
        assert.deepEqual(droppable({ ...both, retired: [] }, all("2 b,a")), ["a"]);
    });

    it("takes a retired generation from receivers and keeps its value", () => {
        const plan = planRotation({ ...goal, rotation: "b", retired: ["a"] }, all("2 b,a"));
        assert.deepEqual(plan, {
            current: "b",
            accepted: ["b"],
            retired: ["a"],
            refused: ["a"],
            revision: 3,
        });
    });

    it("accepts an adopted credential from the first update", () => {
        const plan = planRotation({ ...goal, rotation: "b", adopted: { label: "a" } }, nothing);
        assert.deepEqual(plan, {
            current: "b",
            accepted: ["b", "a"],
            retired: [],
            refused: [],
            revision: 1,
        });
    });

    it("does not bring back an adopted credential that was dropped", () => {
        const recorded = { ...all("3 c,b"), labels: ["a", "b", "c"] };
        const plan = planRotation({ ...goal, rotation: "c", adopted: { label: "a" } }, recorded);
        assert.deepEqual(plan.accepted, ["c", "b"]);
    });

    it("asks for an adopted credential that is refused until a rotation is finished, and not again", () => {
        const adopted = { label: "a", value: "value of a" };
        const left = { ...goal, rotation: "c", adopted };
        const finished = { ...all("3 c,b"), labels: ["a", "b", "c"], refused: ["a"] };
        assert.deepEqual(planRotation(left, finished).retired, []);
        const unfinished = { ...finished, proven: undefined };
        assert.deepEqual(planRotation(left, unfinished).retired, ["a"]);
    });

    const emergency = { leaked: "a" };

    it("still accepts a leaked generation in the update that brings in the next", () => {
        const plan = planRotation({ ...goal, rotation: "b", emergency }, all("1 a"));
        assert.deepEqual(plan, {
            current: "b",
            accepted: ["b", "a"],
            retired: [],
            refused: [],
            revision: 2,
        });
    });

    for (const [when, recorded] of [
        ["every sender has moved", all("2 b,a")],
        ["no sender has moved", record("1 a", "1 a", "2 b,a")],
    ] as const) {
        it(`no longer accepts it in the update after, when ${when}`, () => {
            const plan = planRotation({ ...goal, rotation: "b", emergency }, recorded);
            assert.deepEqual(plan, {
                current: "b",
                accepted: ["b"],
                retired: ["a"],
                refused: ["a"],
                revision: 3,
            });
        });
    }

    const refusals: readonly (readonly [string, object, RecordedUse, RegExp])[] = [
        [
            "a keeper that is retired",
            { rotation: "a", retired: ["a"] },
            all("1 a"),
            /^rotation names a, which retired/,
        ],
        [
            "a keeper that leaked",
            { rotation: "a", emergency },
            all("1 a"),
            /^rotation names a, .*emergency/,
        ],
        [
            "to retire what was never a generation",
            { rotation: "b", retired: ["z"] },
            all("2 b,a"),
            /^retired or emergency\.leaked names z, which no generation was ever called: there were a, b$/,
        ],
        [
            "to retire what a sender uses",
            { rotation: "b", retired: ["a"] },
            all("1 a"),
            /^retired names a, which sender s1 uses: rotate to another label first/,
        ],
        [
            "to retire while the last update is unfinished",
            { rotation: "b", retired: ["a"] },
            { ...all("2 b,a"), proven: undefined },
            /^retired names a, but the last update did not finish/,
        ],
        [
            "a label whose credential is gone, and says where one can go back to",
            { rotation: "a" },
            { ...all("3 c,b"), labels: ["a", "b", "c"] },
            /^rotation names a, a label used before .* go back to b or c$/,
        ],
        [
            "to forget an adopted credential that is still accepted",
            { rotation: "b" },
            { ...all("2 b,a"), kept: ["b"], values: {} },
            /^receivers accept a, an adopted credential that adopted no longer holds/,
        ],
    ];
    for (const [what, change, recorded, message] of refusals) {
        it(`refuses ${what}`, () => {
            const full = { ...goal, rotation: "", ...change };
            assert.throws(
                () => planRotation(full, recorded, everything),
                (error: Error) => message.test(error.message),
            );
        });
    }
});

describe("generationsInUse", () => {
    it("lists what senders use, once each", () => {
        assert.deepEqual(generationsInUse(record("2 b,a", "1 a", "2 b,a")), ["b", "a"]);
        assert.deepEqual(generationsInUse(record("1 a", "1 a", "2 b,a")), ["a"]);
    });
});
