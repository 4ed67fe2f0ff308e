// A receiver that cannot be configured from here, through whole updates: what is written, what is
// remembered, and what is said of what only its owner can do.
import assert from "node:assert/strict";
import { authorizationOf } from "../../rotation/authorization.ts";
import { leaks } from "../support/leaks.ts";
import type { World } from "../support/mocks.ts";
import { type Changes, find, recordOf, SECRET, Stack, type Update } from "../support/mockStack.ts";

const USERNAME = "1234567";
const CLOUD = "pulumi:index:Stash cloud";
const SENDER = `${SECRET} agent`;

/** What the vendor makes, by label. */
const TOKENS: Readonly<Record<string, string>> = {
    q1: "glc_first-0123456789==",
    q2: "glc_second-0123456789==",
    q3: "glc_third-0123456789==",
};

function tokenOf(label: string): string {
    return TOKENS[label] ?? assert.fail();
}

/** What is remembered of the receiver. */
function rememberedOf(made: Update): unknown {
    return (find(made, CLOUD).inputs as { input: unknown }).input;
}

describe("index.ts, of an external receiver", () => {
    const stack = new Stack();
    /** The labels the vendor accepts. */
    let valid: string[] = [];
    let first: Update, rotated: Update;

    const update = (rotation: string, after?: Update, changes: Changes = {}, world: World = {}) =>
        stack.update(
            rotation,
            after,
            {
                receivers: [
                    {
                        ...{ name: "cloud", kind: "external", url: stack.receiver.url },
                        ...{ username: USERNAME, connections: 1, projectionLimitSeconds: 1 },
                    },
                ],
                senders: [stack.sender("agent")],
                ...changes,
            },
            { secretKeys: ["prometheus-write-secret:adopted"], callsHooks: true, ...world },
        );
    const given = (label: string): Changes => ({ adopted: { label, value: tokenOf(label) } });

    before(async () => {
        await stack.start();
        stack.receiver.answer = (token) =>
            valid.some((label) => token === authorizationOf(tokenOf(label), USERNAME)) ? 204 : 401;
        valid = ["q1"];
        first = await update("q1", undefined, given("q1"));
        valid = ["q1", "q2"];
        rotated = await update("q2", first, given("q2"));
    });
    beforeEach(() => {
        valid = ["q1", "q2", "q3"];
    });
    after(() => stack.stop());

    it("gives the sender what was given, and writes nothing for the receiver", () => {
        const { stringData } = find(first, SENDER).inputs as { stringData: { value: object } };
        assert.deepEqual(stringData.value, { token: TOKENS["q1"] });
        const secrets = first.resources.filter(({ id }) => id.startsWith(SECRET));
        assert.deepEqual(
            secrets.map(({ id }) => id),
            [SENDER],
        );
    });

    it("remembers what it accepts, once senders are switched", () => {
        assert.deepEqual([first, rotated].map(rememberedOf), [
            { current: "q1", accepted: ["q1"], revision: 1, refused: [] },
            { current: "q2", accepted: ["q2", "q1"], revision: 2, refused: [] },
        ]);
        const ids = rotated.resources.map(({ id }) => id);
        assert.ok(ids.indexOf(SENDER) < ids.indexOf(CLOUD));
        assert.deepEqual(
            recordOf(rotated).proven.map(({ receiver, how }) => [receiver, how]),
            [["cloud", "probe"]],
        );
    });

    it("tells no value, nor has anything in plain text that gives it", () => {
        for (const made of [first, rotated]) {
            assert.deepEqual(leaks(made, Object.values(TOKENS)), []);
        }
    });

    it("refuses a generation that nobody gave the value of, and says how it is given", async () => {
        const asked: string[] = [];
        await assert.rejects(update("q3", rotated, {}, { asked }), {
            message:
                "prometheus-write-secret:rotation names q3, which has no value: receiver cloud accepts only what is made " +
                "where it is run. Make a credential there, then: " +
                "pulumi config set --path prometheus-write-secret:adopted.label q3 && " +
                "pulumi config set --secret --path prometheus-write-secret:adopted.value",
        });
        assert.deepEqual(asked, []);
    });

    it("goes back to a value that is configured no more", async () => {
        const back = await update("q1", rotated);
        const { stringData } = find(back, SENDER).inputs as { stringData: { value: object } };
        assert.deepEqual(stringData.value, { token: TOKENS["q1"] });
    });

    it("keeps the oldest on record in the rotation after, as long as it is not refused", async () => {
        const third = await update("q3", rotated, given("q3"));
        assert.deepEqual(third.result.rotation.accepted, ["q3", "q2", "q1"]);
        assert.deepEqual(third.said, [
            "warning: generation q1 stays accepted: receiver cloud does not refuse retired generation q1: " +
                `it answered 204 at ${stack.receiver.url}: revoke it where it was made`,
        ]);
    });

    it("drops it there once it is refused beside one that is accepted", async () => {
        valid = ["q2", "q3"];
        const third = await update("q3", rotated, given("q3"));
        assert.deepEqual(third.result.rotation.accepted, ["q3", "q2"]);
        assert.deepEqual(rememberedOf(third), {
            ...{ current: "q3", accepted: ["q3", "q2"], revision: 3, refused: [] },
        });
    });

    it("does not retire what it accepts, and says who can", async () => {
        await assert.rejects(update("q2", rotated, { retired: ["q1"] }), {
            message:
                "prometheus-write-secret:retired names q1, but receiver cloud does not refuse retired generation q1: " +
                `it answered 204 at ${stack.receiver.url}: revoke it where it was made`,
        });
        valid = ["q2"];
        const retired = await update("q2", rotated, { retired: ["q1"] });
        assert.deepEqual(rememberedOf(retired), {
            ...{ current: "q2", accepted: ["q2"], revision: 3, refused: ["q1"] },
        });
        assert.deepEqual(recordOf(retired).retired, ["q1"]);
        assert.deepEqual(retired.said, []);
    });

    it("says what to revoke in an emergency, and believes it refused once it is", async () => {
        const emergency = { emergency: { leaked: "q1", reason: "in a log" } };
        const second = await update("q2", first, { ...given("q2"), ...emergency });
        const later =
            "warning: nothing here can have receiver cloud refuse q1: revoke it where it was made once senders have " +
            "switched; the next update proves that it is refused";
        assert.ok(second.said.includes(later), second.said.join("\n"));
        const [asked, said]: string[][] = [[], []];
        await assert.rejects(
            update("q2", second, emergency, { asked, said }),
            /receiver cloud does not refuse retired generation q1 within 1 s: it answered 204 at \S+: revoke it where it was made/,
        );
        const now =
            "warning: nothing here can have receiver cloud refuse q1: revoke it where it was made, now. Until it is refused, " +
            "for 1 s at most, this update waits, and is not on record before";
        assert.ok(said?.includes(now), said?.join("\n"));
        assert.ok(!asked?.includes(CLOUD)); // it goes on to be remembered as accepting it
        valid = ["q2"];
        const ended = await update("q2", second, emergency);
        assert.deepEqual(rememberedOf(ended), {
            ...{ current: "q2", accepted: ["q2"], revision: 3, refused: ["q1"] },
        });
    });
});
