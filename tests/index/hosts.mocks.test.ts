// A stack that only hosts push in, through whole updates: nothing is written for them, and what
// they go by, the record, is of what was proven.
import assert from "node:assert/strict";
import { find, recordOf, RECORD_STASH, SECRET, Stack, type Update } from "../support/mockStack.ts";

const HOST = "pulumi:index:Stash edge";

describe("index.ts, of hosts alone", () => {
    const stack = new Stack();
    /** Whether the receivers accept what they are asked with, beside refusing a made-up one. */
    let accepting = true;
    const update = (rotation: string, after?: Update, asked: string[] = []) => {
        const values = { q1: "a".repeat(48), q2: "b".repeat(48) };
        stack.receiver.answer = (token) =>
            accepting && Object.values(values).some((value) => token === value) ? 204 : 401;
        const label = rotation as keyof typeof values;
        const changes = {
            receivers: [
                {
                    ...{ name: "cloud", kind: "external", url: stack.receiver.url },
                    ...{ connections: 1, projectionLimitSeconds: 1 },
                },
            ],
            senders: [{ name: "edge", kind: "host" }],
            adopted: { label, value: values[label] },
        };
        const secretKeys = ["prometheus-write-secret:adopted"];
        return stack.update(rotation, after, changes, { secretKeys, callsHooks: true, asked });
    };

    let first: Update, rotated: Update;
    before(async () => {
        await stack.start();
        first = await update("q1");
        rotated = await update("q2", first);
    });
    beforeEach(() => {
        accepting = true;
    });
    after(() => stack.stop());

    it("remembers what they may take, and writes no Secret", () => {
        const remembered = [first, rotated].map((made) => find(made, HOST).inputs);
        assert.deepEqual(remembered, [
            { input: { current: "q1", accepted: ["q1"], revision: 1, refused: [] } },
            { input: { current: "q2", accepted: ["q2", "q1"], revision: 2, refused: [] } },
        ]);
        assert.deepEqual(
            rotated.resources.filter(({ id }) => id.startsWith(SECRET)),
            [],
        );
    });

    it("asks the receiver before the record, which says so", () => {
        const ids = rotated.resources.map(({ id }) => id);
        assert.ok(ids.indexOf(HOST) < ids.indexOf(RECORD_STASH));
        const { senders, proven, previous } = recordOf(rotated);
        assert.deepEqual(
            [senders, previous, proven.map(({ receiver, how }) => [receiver, how])],
            [["edge"], "q1", [["cloud", "probe"]]],
        );
    });

    it("records nothing for them to take while the receiver refuses it", async () => {
        accepting = false;
        await assert.rejects(update("q2", first), /receiver cloud does not accept generation q2/);
    });

    it("leaves nothing to do for another update", async () => {
        const again = await update("q2", rotated);
        assert.deepEqual(find(again, HOST).inputs, find(rotated, HOST).inputs);
        assert.equal(recordOf(again).revision, recordOf(rotated).revision);
    });
});
