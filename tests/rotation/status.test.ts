import assert from "node:assert/strict";
import type { Recorded } from "../../update/recorded.ts";
import type { Proof, RotationRecord } from "../../rotation/record.ts";
import { judgeStatus } from "../../rotation/status.ts";
import { NOTHING } from "../support/fleet.ts";

const proof: Proof = {
    receiver: "vmauth",
    url: "http://r/w",
    how: "probe",
    at: "2026-11-21T00:00:00Z",
};
const record: RotationRecord = {
    format: 1,
    stack: "prod",
    generation: "b",
    previous: "a",
    accepted: ["b", "a"],
    retired: [],
    revision: 2,
    finished: "2026-11-21T00:00:00.000Z",
    proven: [proof],
    senders: ["edge"],
    by: "somebody",
    program: "0.1.0",
    sealedSha256: "",
};
const secret = { current: "b", accepted: ["b", "a"], revision: 2 };
const recorded: Recorded = {
    ...NOTHING,
    senders: { edge: secret },
    receivers: { vmauth: secret },
    kept: ["a", "b"],
    values: {},
    refused: [],
    adoptions: {},
    cluster: {},
    labels: ["a", "b"],
    proven: 2,
    record,
};
const told = (rotation: string, ...unwanted: readonly string[]) => ({ rotation, unwanted });
const now = new Date("2026-12-01T12:00:00Z");

describe("judgeStatus", () => {
    it("finds nothing wrong with a finished rotation", () => {
        assert.deepEqual(judgeStatus(told("b"), recorded, now, 90), {
            keeper: "b",
            inUse: ["b"],
            accepted: ["b", "a"],
            revision: 2,
            finished: true,
            senders: { edge: "b" },
            behind: [],
            receivers: {
                vmauth: {
                    accepted: ["b", "a"],
                    proven: [{ how: "probe", at: "2026-11-21T00:00:00Z" }],
                },
            },
            since: "2026-11-21T00:00:00.000Z",
            ageDays: 10,
            due: "2027-02-19T00:00:00.000Z",
            faults: [],
        });
    });

    const unproven = { ...record, proven: [{ ...proof, how: "unproven" as const }] };
    const behind = { edge: { current: "a", accepted: ["a"], revision: 1 } };
    const cases: readonly (readonly [string, string, Recorded, string[]])[] = [
        [
            "a new stack",
            "b",
            { ...recorded, senders: {}, receivers: {}, record: undefined },
            ["never"],
        ],
        ["a keeper that was not rolled out", "c", recorded, ["unfinished"]],
        ["a sender that is behind", "b", { ...recorded, senders: behind }, ["unfinished"]],
        [
            "a record that was not made",
            "b",
            { ...recorded, record: { ...record, revision: 1 } },
            ["unfinished"],
        ],
        ["a receiver that was not proven", "b", { ...recorded, record: unproven }, ["unproven"]],
    ];
    for (const [what, keeper, recorded, kinds] of cases) {
        it(`finds ${what}`, () => {
            const { faults } = judgeStatus(told(keeper), recorded, now, 90);
            assert.deepEqual(
                faults.map(({ kind }) => kind),
                kinds,
            );
        });
    }

    it("names the senders that are behind", () => {
        const { finished, behind } = judgeStatus(
            told("b"),
            {
                ...recorded,
                senders: { ...recorded.senders, agent: { ...secret, current: "a", revision: 1 } },
            },
            now,
            90,
        );
        assert.deepEqual({ finished, behind }, { finished: false, behind: ["agent"] });
    });

    it("counts from when the generation was first on record, not from the last record", () => {
        const since = { b: "2026-09-01T00:00:00.000Z", a: "2026-08-01T00:00:00.000Z" };
        const retiredSince = { ...recorded, record: { ...record, since } };
        const { ageDays, faults } = judgeStatus(told("b"), retiredSince, now, 90);
        assert.deepEqual([ageDays, faults.map(({ kind }) => kind)], [91, ["overdue"]]);
    });

    it("finds what receivers still accept of what they are to refuse, configured or remembered", () => {
        const message =
            "receivers still accept a, which they are to refuse: run pulumi up, and mend what it names";
        const faults = [{ kind: "leaked", about: "a", message }];
        assert.deepEqual(judgeStatus(told("b", "a", "z"), recorded, now, 90).faults, faults);
        const remembering = { ...recorded, refused: ["a"] };
        assert.deepEqual(judgeStatus(told("b"), remembering, now, 90).faults, faults);
    });

    it("finds what outlives the rotation after it, and says what ends it", () => {
        const held = { ...secret, accepted: ["b", "a", "old"] };
        const lasting = { ...recorded, senders: { edge: held }, receivers: { vmauth: held } };
        assert.deepEqual(judgeStatus(told("b"), lasting, now, 90).faults, [
            {
                kind: "outlived",
                about: "old",
                message:
                    "receivers accept old two rotations later, as it is used, or nothing proves that it is not " +
                    "(receivers[].metricsUrls does): npm run retire -- old",
            },
        ]);
    });

    it("finds an overdue rotation after the day, not on it", () => {
        assert.deepEqual(judgeStatus(told("b"), recorded, now, 10).faults, []);
        assert.deepEqual(judgeStatus(told("b"), recorded, now, 9).faults, [
            {
                kind: "overdue",
                message: "the credential is 10 days old, more than 9: npm run rotate",
            },
        ]);
    });

    it("says when the record has no date", () => {
        const undated = { ...recorded, record: { ...record, finished: "yesterday" } };
        const { ageDays, faults } = judgeStatus(told("b"), undated, now, 90);
        assert.deepEqual(
            [ageDays, faults],
            [
                undefined,
                [
                    {
                        kind: "overdue",
                        message:
                            'the record says no date on which it was finished, but "yesterday": npm run rotate',
                    },
                ],
            ],
        );
    });
});
