import assert from "node:assert/strict";
import fc from "fast-check";
import {
    choose,
    joinHistory,
    labelsIn,
    parseRecord,
    type Sealed,
} from "../../lib/recover/history.ts";
import { listGenerations } from "../../lib/recover/mirror.ts";
import { describeRotation, type RotationRecord } from "../../lib/record.ts";

/** An update as the mirror sees it: which generations were sealed, and whether it came to its record. */
interface Update {
    readonly current: string;
    readonly finished: boolean;
}

const WISH = { unverified: false };

function record(accepted: readonly string[], sealed: string): RotationRecord {
    const [current = "", previous] = accepted;
    return describeRotation(
        {
            stack: "prod",
            plan: { current, accepted, retired: [], revision: 1 },
            previous,
            senders: [],
            emergency: undefined,
            sealed: { "prod.yaml.age": sealed },
            proven: [],
            now: new Date("2026-11-21T10:00:00Z"),
        },
        {},
    );
}

/** The history after updates, newest first; each seals its generation and the one of the last finished update. */
function historyOf(updates: readonly Update[]): readonly Sealed[] {
    const records: RotationRecord[] = [];
    let last: string | undefined;
    const versions = updates.map(({ current, finished }, index) => {
        const accepted = [...new Set([current, ...(last === undefined ? [] : [last])])];
        const text = `sealed ${index}`;
        if (finished) {
            records.unshift(record(accepted, text));
            last = current;
        }
        const message = `Rotate prod to ${current} (accepted: ${accepted.join(", ")})`;
        return { commit: `commit${index}`, at: undefined, message, text };
    });
    return joinHistory(versions.toReversed(), records);
}

const updates = fc.array(
    fc.record({ current: fc.constantFrom("a", "b", "c", "d"), finished: fc.boolean() }),
    { minLength: 1, maxLength: 8 },
);

describe("joinHistory", () => {
    it("gives a version the newest record that holds its digest", () => {
        const versions = [{ commit: "1", at: undefined, message: "", text: "one" }];
        const back = record(["a", "b"], "one");
        const history = joinHistory(versions, [
            record(["c"], "two"),
            back,
            record(["b", "a"], "one"),
        ]);
        assert.deepEqual(history, [{ ...versions[0], record: back, labels: ["a", "b"] }]);
    });

    it("reads labels off the commit where no record tells, and none where neither does", () => {
        const messages = ["Rotate prod to b (accepted: b, a)", "Rotate prod to b", "By hand"];
        const versions = messages.map((message) => ({
            ...{ commit: "1", at: undefined, message, text: message },
        }));
        const labels = joinHistory(versions, []).map((version) => version.labels);
        assert.deepEqual(labels, [["b", "a"], undefined, undefined]);
    });
});

describe("parseRecord", () => {
    it("reads what describeRotation made, of its own stack alone", () => {
        const made = record(["b", "a"], "one");
        assert.deepEqual(parseRecord(JSON.stringify(made), "prod"), made);
        assert.equal(parseRecord(JSON.stringify(made), "dev"), undefined);
    });

    for (const text of ["", "{", "null", "{}", '{"format":2}']) {
        it(`finds none in ${JSON.stringify(text)}`, () => {
            assert.equal(parseRecord(text, "prod"), undefined);
        });
    }
});

describe("choose", () => {
    it("takes what the last finished update recorded, whatever came after it", () => {
        fc.assert(
            fc.property(updates, (some) => {
                const history = historyOf(some);
                const last = some.findLastIndex(({ finished }) => finished);
                if (last < 0) {
                    assert.throws(
                        () => choose(history, "file", WISH),
                        /no record holds the SHA-256/,
                    );
                    return;
                }
                const { sealed, generation, warning } = choose(history, "file", WISH);
                assert.equal(sealed.commit, `commit${last}`);
                assert.equal(generation, some[last]?.current);
                assert.equal(warning === undefined, last === some.length - 1);
            }),
        );
    });

    it("finds every generation a finished update had, in the newest file that has it", () => {
        fc.assert(
            fc.property(updates, (some) => {
                const history = historyOf(some);
                for (const label of labelsIn(history)) {
                    const holding = history.filter(
                        (one) => one.record && one.labels?.includes(label),
                    );
                    if (holding.length === 0) continue;
                    const { sealed, generation } = choose(history, "file", {
                        ...WISH,
                        generation: label,
                    });
                    assert.equal(sealed, holding[0]);
                    assert.equal(generation, label);
                }
            }),
        );
    });

    it("takes the newest file, unverified, and says so", () => {
        const history = historyOf([
            { current: "a", finished: true },
            { current: "b", finished: false },
        ]);
        assert.deepEqual(choose(history, "prod.yaml.age", { unverified: true }), {
            sealed: history[0],
            generation: undefined,
            warning:
                "no record holds the SHA-256 of prod.yaml.age (commit commit1): what is recovered is unverified",
        });
    });

    it("says which generations there were when it finds none", () => {
        const history = historyOf([
            { current: "a", finished: true },
            { current: "b", finished: true },
        ]);
        assert.throws(() => choose(history, "prod.yaml.age", { ...WISH, generation: "z" }), {
            message: "no version of prod.yaml.age says that it holds generation z: there were b, a",
        });
    });

    it("does not open a file of an unfinished update for its generation", () => {
        const history = historyOf([
            { current: "a", finished: true },
            { current: "b", finished: false },
        ]);
        assert.throws(() => choose(history, "prod.yaml.age", { ...WISH, generation: "b" }), {
            message:
                "no record holds the SHA-256 of prod.yaml.age (commit commit1): the update that wrote it did not " +
                "finish, or the file was changed since; --unverified recovers it all the same",
        });
    });
});

describe("listGenerations", () => {
    it("says of each what the last record says", () => {
        const history = historyOf([
            { current: "a", finished: true },
            { current: "b", finished: true },
            { current: "c", finished: true },
            { current: "d", finished: false },
        ]);
        const records = history.flatMap((version) => version.record ?? []);
        const listed = listGenerations({ histories: [history], records });
        assert.deepEqual(
            listed.map(({ label, state, commit }) => [label, state, commit]),
            [
                ["d", "unrecorded", "commit3"],
                ["c", "current", "commit2"],
                ["b", "accepted", "commit2"],
                ["a", "former", "commit1"],
            ],
        );
    });
});
