import assert from "node:assert/strict";
import fc from "fast-check";
import { choose, joinHistory, labelsOf, type Sealed } from "../../../commands/recover/history.ts";
import { listGenerations } from "../../../commands/recover/mirroredStacks.ts";
import { describeRotation, type RotationRecord } from "../../../rotation/record.ts";

/**
 * An update as the mirror sees it: which generations were sealed, and whether it came to its
 * record.
 */
interface Update {
    readonly current: string;
    readonly finished: boolean;
}

const FILE = "prod.yaml.age";
const WISH = { unverified: false, mayOpen: () => true };

function record(
    accepted: readonly string[],
    sealed: Readonly<Record<string, string>>,
): RotationRecord {
    const [current = "", previous] = accepted;
    return describeRotation(
        {
            ...{ organization: "acme", project: "observability", stack: "prod" },
            plan: { current, accepted, retired: [], revision: 1 },
            previous,
            senders: [],
            emergency: undefined,
            sealed,
            proven: [],
            now: new Date("2026-11-21T10:00:00Z"),
        },
        {},
    );
}

/**
 * The history after updates, newest first; each seals its generation and the one of the last
 * finished update.
 */
function historyOf(updates: readonly Update[]): readonly Sealed[] {
    const records: RotationRecord[] = [];
    let last: string | undefined;
    const versions = updates.map(({ current, finished }, index) => {
        const accepted = [...new Set([current, ...(last === undefined ? [] : [last])])];
        const text = `sealed ${index}`;
        if (finished) {
            records.unshift(record(accepted, { [FILE]: text }));
            last = current;
        }
        const message = `Rotate prod to ${current} (accepted: ${accepted.join(", ")})`;
        return { commit: `commit${index}`, at: undefined, message, text };
    });
    return joinHistory({ [FILE]: versions.toReversed() }, records);
}

const updates = fc.array(
    fc.record({ current: fc.constantFrom("a", "b", "c", "d"), finished: fc.boolean() }),
    { minLength: 1, maxLength: 8 },
);

describe("joinHistory", () => {
    it("gives a version the newest record that holds its digest", () => {
        const versions = [{ commit: "1", at: undefined, message: "", text: "one" }];
        const back = record(["a", "b"], { [FILE]: "one" });
        const history = joinHistory({ [FILE]: versions }, [
            record(["c"], { [FILE]: "two" }),
            back,
            record(["b", "a"], { [FILE]: "one" }),
        ]);
        assert.deepEqual(history, [
            { ...versions[0], path: FILE, record: back, labels: ["a", "b"] },
        ]);
    });

    it("reads labels off the commit where no record tells, and none where neither does", () => {
        const messages = ["Rotate prod to b (accepted: b, a)", "Rotate prod to b", "By hand"];
        const versions = messages.map((message) => ({
            ...{ commit: "1", at: undefined, message, text: message },
        }));
        const labels = joinHistory({ [FILE]: versions }, []).map((version) => version.labels);
        assert.deepEqual(labels, [["b", "a"], undefined, undefined]);
    });
});

describe("a stack with several files", () => {
    const version = (minute: number, text: string) => ({
        ...{ commit: `commit${minute}`, at: `2026-11-21T10:0${minute}:00.000Z` },
        ...{ message: "", text },
    });
    const both = record(["a"], { "prod.yaml.age": "age 1", "prod.yaml.asc": "asc 1" });
    const one = record(["b", "a"], { "prod.yaml.asc": "asc 2" });
    const files = {
        "prod.yaml.age": [version(1, "age 1")],
        "prod.yaml.asc": [version(3, "asc 2"), version(2, "asc 1")],
    };
    const history = joinHistory(files, [one, both]);
    const age = { ...WISH, mayOpen: ({ text }: Sealed) => text.startsWith("age") };

    it("has all their versions, the newest first", () => {
        assert.deepEqual(
            history.map(({ path, text, record: known }) => [path, text, known]),
            [
                ["prod.yaml.asc", "asc 2", one],
                ["prod.yaml.asc", "asc 1", both],
                ["prod.yaml.age", "age 1", both],
            ],
        );
    });

    it("takes the newest that was recorded, not one that was left behind", () => {
        const { sealed, warning } = choose(history, WISH);
        assert.deepEqual([sealed.text, warning], ["asc 2", undefined]);
    });

    it("says that what the key opens was left behind", () => {
        const { sealed, generation, warning } = choose(history, age);
        assert.deepEqual(
            [sealed.text, generation, warning],
            [
                "age 1",
                "a",
                "what was recorded last is in prod.yaml.asc (commit commit3), which is not for a key of this kind: " +
                    "this is older, of prod.yaml.age (commit commit1), and receivers may no longer accept it",
            ],
        );
    });

    it("says so when the key opens none", () => {
        assert.throws(() => choose(history, { ...WISH, mayOpen: () => false }), {
            message:
                "prod.yaml.asc and prod.yaml.age cannot be opened with a key of this kind: give another " +
                "(--identity, --gpg, --kms)",
        });
    });

    it("keeps the order of each file, whatever the clocks said", () => {
        const times = fc.array(fc.nat(9), { maxLength: 6 });
        fc.assert(
            fc.property(times, times, (left, right) => {
                const texts = (name: string, minutes: readonly number[]) =>
                    minutes.map((minute, index) => version(minute, `${name} ${index}`));
                const some = { left: texts("left", left), right: texts("right", right) };
                const joined = joinHistory(some, []);
                for (const [path, versions] of Object.entries(some)) {
                    const kept = joined.filter((version) => version.path === path);
                    assert.deepEqual(
                        kept.map(({ text }) => text),
                        versions.map(({ text }) => text),
                    );
                }
                assert.equal(joined.length, left.length + right.length);
            }),
        );
    });
});

describe("choose", () => {
    it("takes what the last finished update recorded, whatever came after it", () => {
        fc.assert(
            fc.property(updates, (some) => {
                const history = historyOf(some);
                const last = some.findLastIndex(({ finished }) => finished);
                if (last < 0) {
                    assert.throws(() => choose(history, WISH), /no record holds the SHA-256/);
                    return;
                }
                const { sealed, generation, warning } = choose(history, WISH);
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
                for (const label of labelsOf(history)) {
                    const holding = history.filter(
                        (one) => one.record && one.labels?.includes(label),
                    );
                    if (holding.length === 0) continue;
                    const { sealed, generation } = choose(history, {
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
        assert.deepEqual(choose(history, { ...WISH, unverified: true }), {
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
        assert.throws(() => choose(history, { ...WISH, generation: "z" }), {
            message: "no version of prod.yaml.age says that it holds generation z: there were b, a",
        });
    });

    it("does not open a file of an unfinished update for its generation", () => {
        const history = historyOf([
            { current: "a", finished: true },
            { current: "b", finished: false },
        ]);
        assert.throws(() => choose(history, { ...WISH, generation: "b" }), {
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
        const listed = listGenerations({ history, records });
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
