import assert from "node:assert/strict";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { GateArgs } from "../../update/gate.ts";
import type { ReceiverSettings } from "../../settings/settings.ts";
import { run } from "../support/mocks.ts";
import { NOTHING, receiverSettings } from "../support/fleet.ts";
import { TOKEN, bind, makeGate, pass, type Passage } from "../support/gates.ts";
import { LocalReceiver } from "../support/localReceiver.ts";

const STEPS =
    "No sender was switched. Mend the receiver and run pulumi up again, " +
    "or go back: pulumi config set rotation 2026 && pulumi up";

function settingsOf(name: string, ...probeUrls: string[]): ReceiverSettings {
    return receiverSettings({ name, probeUrls });
}

async function outcomesOf(...passing: Parameters<typeof pass>): Promise<Passage["outcomes"]> {
    return (await pass(...passing)).outcomes;
}

/** Why the gate holds a sender back. */
async function refusal(args: Partial<GateArgs>): Promise<Error> {
    const [outcome] = await outcomesOf(args);
    assert.equal(outcome?.status, "rejected");
    assert.ok(outcome.reason instanceof Error);
    assert.ok(!inspect(outcome.reason, { depth: Infinity }).includes(TOKEN), "tells the token");
    return outcome.reason;
}

describe("Gate", () => {
    let east: LocalReceiver;
    let west: LocalReceiver;
    const onlyToken = (token: string | undefined): number => (token === TOKEN ? 204 : 401);
    const PASSED = { status: "fulfilled", value: undefined } as const;

    beforeEach(async () => {
        [east, west] = [new LocalReceiver(), new LocalReceiver()];
        await Promise.all([east.start(), west.start()]);
    });
    afterEach(() => Promise.all([east.stop(), west.stop()]));

    it("holds back creation and update by one hook, named after the sender", async () => {
        const { result } = await run({}, () => bind("agent", makeGate().hooks("agent")));
        const [hook] = result.beforeCreate ?? [];
        assert.ok(pulumi.ResourceHook.isInstance(hook));
        assert.equal(hook.name, "gate-agent");
        assert.deepEqual(result, { beforeCreate: [hook], beforeUpdate: [hook] });
    });

    it("lets a sender through that every receiver accepts", async () => {
        east.answer = west.answer = onlyToken;
        const receivers = [settingsOf("east", east.url), settingsOf("west", west.url)];
        assert.deepEqual(await outcomesOf({ receivers }), [PASSED, PASSED]);
    });

    it("proves the generation once for all senders, and with one made-up credential", async () => {
        east.answer = onlyToken;
        const receivers = [settingsOf("east", east.url)];
        const passed = await outcomesOf({ receivers }, ["agent", "prometheus", "third"]);
        assert.deepEqual(passed, Array(6).fill(PASSED));
        assert.equal(east.asked.filter((token) => token === TOKEN).length, 1);
        const [madeUp = "", ...others] = east.asked.filter((token) => token !== TOKEN);
        assert.match(madeUp, /^[0-9a-f]{64}$/);
        assert.deepEqual(others, []);
    });

    it("asks at every URL of a receiver", async () => {
        east.answer = onlyToken;
        const { message } = await refusal({ receivers: [settingsOf("fleet", east.url, west.url)] });
        assert.equal(
            message,
            "receiver fleet does not accept generation 2027 within 1 s: " +
                `it answered 401 at ${west.url}. ${STEPS}`,
        );
    });

    it("holds all senders back from a receiver that refuses the generation", async () => {
        const receivers = [settingsOf("east", east.url)];
        const outcomes = await outcomesOf({ receivers }, ["agent", "prometheus"]);
        const [first] = outcomes;
        assert.equal(first?.status, "rejected");
        assert.deepEqual(outcomes, Array(4).fill(first));
        assert.equal(east.asked.filter((token) => token === TOKEN).length, 1);
    });

    it("holds back while one receiver of several refuses", async () => {
        east.answer = onlyToken;
        const receivers = [settingsOf("east", east.url), settingsOf("west", west.url)];
        const { message } = await refusal({ receivers });
        assert.equal(
            message,
            "receiver west does not accept generation 2027 within 1 s: " +
                `it answered 401 at ${west.url}. ${STEPS}`,
        );
    });

    it("holds back from a receiver that accepts anything", async () => {
        east.answer = () => 204;
        const { message } = await refusal({ receivers: [settingsOf("east", east.url)] });
        assert.equal(
            message,
            "receiver east does not refuse a made-up credential: " +
                `it answered 204 at ${east.url}. ${STEPS}`,
        );
    });

    it("holds back from a receiver that is down", async () => {
        await east.stop();
        const { message } = await refusal({ receivers: [settingsOf("east", east.url)] });
        assert.equal(
            message,
            "receiver east does not accept generation 2027 within 1 s: " +
                `it cannot be reached (ECONNREFUSED) at ${east.url}. ${STEPS}`,
        );
    });

    it("names no way back when there is none", async () => {
        const receivers = [settingsOf("east", east.url)];
        const { message } = await refusal({ receivers, recorded: NOTHING });
        assert.equal(
            message,
            "receiver east does not accept generation 2027 within 1 s: " +
                `it answered 401 at ${east.url}. ` +
                "No sender was switched. Mend the receiver and run pulumi up again",
        );
    });

    it("names no way back to what receivers refuse", async () => {
        const plan = { current: "2027", accepted: ["2027"] };
        const receivers = [settingsOf("east", east.url)];
        const senders = {
            agent: { current: "2027", accepted: ["2027"], revision: 1 },
            leaky: { current: "2026", accepted: ["2026"], revision: 1 },
        };
        const { message } = await refusal({ receivers, plan, recorded: { ...NOTHING, senders } });
        assert.equal(
            message,
            `receiver east does not accept generation 2027 within 1 s: it answered 401 at ${east.url}. ` +
                "No sender whose credential is still accepted was switched. Mend the receiver and run pulumi up again",
        );
    });

    it("holds back from a receiver that is down, where a credential in use is taken over", async () => {
        await east.stop();
        const adopted = { label: "by-hand" };
        const receivers = [settingsOf("east", east.url)];
        const { message } = await refusal({ receivers, adopted, recorded: NOTHING });
        assert.match(message, /^receiver east does not accept generation 2027 .*ECONNREFUSED/);
    });

    describe("when receivers refuse what a sender has", () => {
        const plan = { current: "2027", accepted: ["2027"] };

        for (const [what, answer] of [
            ["a receiver refuses the new one too", () => 401],
            ["a receiver accepts anything", () => 204],
            ["a receiver fails", () => 503],
        ] as const) {
            it(`switches it at once, with a warning, when ${what}`, async () => {
                east.answer = answer;
                const receivers = [settingsOf("east", east.url)];
                const projectionLimitSeconds = 600;
                const { outcomes, said, proofs } = await pass({
                    ...{ receivers, plan, projectionLimitSeconds },
                });
                assert.deepEqual(outcomes, [PASSED, PASSED]);
                assert.match(
                    said.join("\n"),
                    /^warning: sender agent is switched to 2027 without proof, as receivers refuse what it has: receiver east /,
                );
                assert.deepEqual(
                    proofs.map(({ receiver, how }) => [receiver, how]),
                    [["east", "unproven"]],
                );
            });
        }

        it("switches it without a warning when all is proven", async () => {
            east.answer = onlyToken;
            const receivers = [settingsOf("east", east.url)];
            const { outcomes, said, proofs } = await pass({ receivers, plan });
            assert.deepEqual({ outcomes, said }, { outcomes: [PASSED, PASSED], said: [] });
            assert.deepEqual(
                proofs.map(({ how }) => how),
                ["probe"],
            );
        });

        it("switches in an emergency also one whose Secret is gone", async () => {
            const receivers = [settingsOf("east", east.url)];
            const { outcomes } = await pass({ receivers, plan, recorded: NOTHING, emergency: {} });
            assert.deepEqual(outcomes, [PASSED, PASSED]);
        });
    });

    it("waits for a receiver, and says what for", async () => {
        const answers = [401, 204];
        east.answer = (token) => (token === TOKEN ? (answers.shift() ?? 500) : 401);
        const receivers = [settingsOf("east", east.url)];
        const { outcomes, said } = await pass({ receivers, projectionLimitSeconds: 5 });
        assert.deepEqual(outcomes, [PASSED, PASSED]);
        assert.match(
            said.join("\n"),
            /^info: waiting for east to accept 2027: it answered 401, \d s of 5 s$/,
        );
    });

    it("asks again with the made-up credential when there was no clear answer", async () => {
        const answers = [503, 401];
        east.answer = (token) => (token === TOKEN ? 204 : (answers.shift() ?? 500));
        assert.deepEqual(await outcomesOf({ receivers: [settingsOf("east", east.url)] }), [
            PASSED,
            PASSED,
        ]);
        assert.deepEqual(answers, []);
    });
});
