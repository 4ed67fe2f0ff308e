import assert from "node:assert/strict";
import { mock } from "node:test";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { Gate, type GateArgs } from "../../components/gate.ts";
import type { ReceiverSettings } from "../../lib/settings.ts";
import { run } from "../mocks.ts";
import { LocalReceiver } from "./localReceiver.ts";

const TOKEN = "the-token-that-must-not-be-told";
const STEPS =
    "No sender was switched. Mend the receiver and run pulumi up again, " +
    "or go back: pulumi config set rotation 2026 && pulumi up";

function settingsOf(name: string, ...probeUrls: string[]): ReceiverSettings {
    const [url = ""] = probeUrls;
    const [kind, namespace, secret, upstream] = ["vmauth", "edge", name, url] as const;
    return { name, kind, namespace, secret, url, upstream, probeUrls };
}

/** What becomes of the senders' Secrets: of the creation of one each, then of the update of one each. */
async function pass(args: Partial<GateArgs>, senders = ["agent"]) {
    const { result } = await run({}, async () => {
        const value = pulumi.secret(TOKEN);
        const defaults = { receivers: [], generation: "2027", former: "2026", limitSeconds: 1 };
        const gate = new Gate({ ...defaults, value, ...args });
        const bindings = senders.map((sender) => bind(gate, sender));
        const created = bindings.flatMap(({ beforeCreate = [] }) => beforeCreate);
        const updated = bindings.flatMap(({ beforeUpdate = [] }) => beforeUpdate);
        return Promise.allSettled([...created, ...updated].map(call));
    });
    return result;
}

/** The hooks of a sender, bound to a resource: hooks of none are not registered by the time the run ends. */
function bind(gate: Gate, sender: string): pulumi.ResourceHookBinding {
    const hooks = gate.hooks(sender);
    new pulumi.Stash(sender, { input: "" }, { hooks });
    return hooks;
}

async function call(hook: pulumi.ResourceHook | pulumi.ResourceHookFunction): Promise<void> {
    assert.ok(pulumi.ResourceHook.isInstance(hook));
    await hook.callback({ urn: "", id: "", name: "", type: "" });
}

/** Why the gate holds a sender back. */
async function refusal(args: Partial<GateArgs>): Promise<Error> {
    const [outcome] = await pass(args);
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
        const { result } = await run({}, () => {
            const value = pulumi.secret(TOKEN);
            const [receivers, generation, former, limitSeconds] = [[], "b", "a", 1];
            const gate = new Gate({ receivers, generation, value, former, limitSeconds });
            return bind(gate, "agent");
        });
        const [hook] = result.beforeCreate ?? [];
        assert.ok(pulumi.ResourceHook.isInstance(hook));
        assert.equal(hook.name, "gate-agent");
        assert.deepEqual(result, { beforeCreate: [hook], beforeUpdate: [hook] });
    });

    it("lets a sender through that every receiver accepts", async () => {
        east.answer = west.answer = onlyToken;
        const receivers = [settingsOf("east", east.url), settingsOf("west", west.url)];
        assert.deepEqual(await pass({ receivers }), [PASSED, PASSED]);
    });

    it("proves the generation once for all senders, and with one made-up credential", async () => {
        east.answer = onlyToken;
        const receivers = [settingsOf("east", east.url)];
        const passed = await pass({ receivers }, ["agent", "prometheus", "third"]);
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
        const outcomes = await pass({ receivers }, ["agent", "prometheus"]);
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
        const { message } = await refusal({ receivers, former: undefined });
        assert.equal(
            message,
            "receiver east does not accept generation 2027 within 1 s: " +
                `it answered 401 at ${east.url}. ` +
                "No sender was switched. Mend the receiver and run pulumi up again",
        );
    });

    it("waits for a receiver, and says what for", async () => {
        const answers = [401, 204];
        east.answer = (token) => (token === TOKEN ? (answers.shift() ?? 500) : 401);
        const log = mock.method(console, "log", () => undefined);
        const passed = await pass({ receivers: [settingsOf("east", east.url)], limitSeconds: 5 });
        log.mock.restore();
        assert.deepEqual(passed, [PASSED, PASSED]);
        assert.match(
            log.mock.calls.map((line) => line.arguments.join()).join("\n"),
            /^info: \[runtime\] waiting for east to accept 2027: it answered 401, \d s of 5 s$/,
        );
    });

    it("asks again with the made-up credential when there was no clear answer", async () => {
        const answers = [503, 401];
        east.answer = (token) => (token === TOKEN ? 204 : (answers.shift() ?? 500));
        assert.deepEqual(await pass({ receivers: [settingsOf("east", east.url)] }), [
            PASSED,
            PASSED,
        ]);
        assert.deepEqual(answers, []);
    });
});
