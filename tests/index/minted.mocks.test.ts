// A receiver whose values a vendor mints, through whole updates: what is minted and for whom, what
// is revoked and when, and what is refused before anything changes. The vendor is a stand-in on its
// real API; what its provider makes there, and that a token is let in, is proven by
// `tests/kinds/receivers/grafanaCloud.engine.test.ts`.
import assert from "node:assert/strict";
import { Decrypter, armor } from "age-encryption";
import { parseManifest } from "../../mirror/manifest.ts";
import { authorizationOf } from "../../rotation/authorization.ts";
import { type GrafanaCloud, startGrafanaCloud } from "../../sandbox/parts/grafanaCloud.ts";
import { setEnvironment } from "../support/environment.ts";
import { leaks } from "../support/leaks.ts";
import { passwordOf, tokenOf, type World } from "../support/mocks.ts";
import {
    type Changes,
    FILE,
    find,
    PASSWORD,
    recordOf,
    SECRET,
    Stack,
    type Update,
} from "../support/mockStack.ts";

const USERNAME = "1234567";
const TOKEN = "grafana:cloud/accessPolicyToken:AccessPolicyToken write-";
const CLOUD = "pulumi:index:Stash cloud";
const SENDER = `${SECRET} agent`;
const KEY = "grafana:cloudAccessPolicyToken";

const valueOf = (label: string) => tokenOf(`write-${label}@cloud`);

describe("index.ts, of a receiver whose values are minted", () => {
    const stack = new Stack();
    let cloud: GrafanaCloud;
    /** The labels whose token is let in. */
    let valid: string[] = [];
    let first: Update, rotated: Update;

    const minting = (changes: object = {}) => {
        const { region, accessPolicyId } = cloud;
        return {
            ...{ name: "cloud", kind: "external", url: stack.receiver.url, username: USERNAME },
            ...{ connections: 1, projectionLimitSeconds: 1 },
            mint: { grafanaCloud: { region, accessPolicyId, ...changes } },
        };
    };
    const update = (rotation: string, after?: Update, changes: Changes = {}, world: World = {}) => {
        const access = { [KEY]: cloud.token, "grafana:cloudApiUrl": cloud.url };
        const fleet = { receivers: [minting()], senders: [stack.sender("agent")] };
        return stack.update(
            rotation,
            after,
            { ...access, ...fleet, ...changes },
            { secretKeys: [KEY, "prometheus-write-secret:adopted"], callsHooks: true, ...world },
        );
    };
    const given = ({ inputs }: { readonly inputs: unknown }) =>
        (inputs as { stringData: { value: object } }).stringData.value;
    const idsOf = ({ resources }: Update) => resources.map(({ id }) => id);
    const tokensOf = (made: Update) =>
        idsOf(made)
            .filter((id) => id.startsWith(TOKEN))
            .map((id) => id.slice(TOKEN.length));
    /** Has Grafana Cloud have what an update minted. */
    const mintThere = async (made: Update) => {
        for (const { id, inputs } of made.resources) {
            if (!id.startsWith(TOKEN)) continue;
            const { region, ...asked } = inputs as Record<string, string>;
            await fetch(`${cloud.url}/api/v1/tokens?region=${region ?? ""}`, {
                method: "POST",
                headers: { authorization: `Bearer ${cloud.token}`, "x-request-id": "test" },
                body: JSON.stringify(asked),
            });
        }
    };
    const there = () => cloud.tokens.map(({ displayName }) => displayName.split(" ").at(-1));

    let restore: () => void;
    before(async () => {
        const names = ["GRAFANA_CLOUD_ACCESS_POLICY_TOKEN", "GRAFANA_CLOUD_API_URL"];
        restore = setEnvironment(Object.fromEntries(names.map((name) => [name, undefined])));
        await stack.start();
        stack.receiver.answer = (token) =>
            (valid.includes("here") && token === passwordOf("write-q1")) ||
            valid.some((label) => token === authorizationOf(valueOf(label), USERNAME))
                ? 204
                : 401;
    });
    beforeEach(async () => {
        cloud = await startGrafanaCloud();
        valid = ["q1", "q2", "q3"];
        first = await update("q1");
        rotated = await update("q2", first);
    });
    afterEach(() => cloud.stop());
    after(async () => {
        restore();
        await stack.stop();
    });

    it("mints a token a generation, which nothing but the program ends or replaces", () => {
        assert.deepEqual(tokensOf(first), ["q1@cloud"]);
        assert.deepEqual(tokensOf(rotated), ["q2@cloud", "q1@cloud"]);
        const { inputs, options } = find(first, `${TOKEN}q1@cloud`);
        const { name, ...rest } = inputs as { name: string };
        assert.match(name, /^prometheus-write-secret-dev-cloud-q1-[0-9a-f]{8}$/);
        const { region, accessPolicyId } = cloud;
        assert.deepEqual(Object.keys(rest).sort(), ["accessPolicyId", "displayName", "region"]);
        assert.deepEqual(find(rotated, `${TOKEN}q2@cloud`).inputs, {
            ...{ region, accessPolicyId, displayName: "dev cloud q2" },
            name: (find(rotated, `${TOKEN}q2@cloud`).inputs as { name: string }).name,
        });
        assert.deepEqual(options, {
            ignoreChanges: ["region", "accessPolicyId", "name", "displayName"],
            retainOnDelete: true,
            additionalSecretOutputs: ["token"],
        });
    });

    it("gives the token to the sender, once it is sealed, recorded and let in", () => {
        assert.deepEqual(given(find(first, SENDER)), { token: valueOf("q1") });
        assert.deepEqual(given(find(rotated, SENDER)), { token: valueOf("q2") });
        const order = idsOf(rotated);
        const steps = [`${TOKEN}q2@cloud`, "pulumi:index:Stash write-labels", FILE, SENDER, CLOUD];
        assert.deepEqual(
            order.filter((id) => steps.includes(id)),
            steps,
        );
        assert.deepEqual(
            recordOf(rotated).proven.map(({ receiver, how }) => [receiver, how]),
            [["cloud", "probe"]],
        );
    });

    it("seals the token of every generation that is accepted", async () => {
        const { content } = find(rotated, FILE).inputs as { content: string };
        const decrypter = new Decrypter();
        decrypter.addIdentity(stack.identity);
        const manifest = await decrypter.decrypt(armor.decode(content), "text");
        const { accepted } = parseManifest(manifest, "q1");
        assert.deepEqual(
            accepted.map(({ label, values }) => [label, values]),
            ["q1", "q2"].map((label) => [label, { cloud: valueOf(label) }]),
        );
        const { secrets } = parseManifest(manifest, "q1");
        assert.deepEqual(
            secrets.map(({ stringData }) => stringData),
            [{ token: valueOf("q1") }],
        );
    });

    it("tells no token, nor has anything in plain text that gives it", () => {
        const values = ["q1", "q2"].map(valueOf);
        for (const made of [first, rotated]) {
            assert.deepEqual(leaks(made, [...values, cloud.token]), []);
        }
    });

    it("gives a receiver beside it the value that is made here", async () => {
        valid = ["q1", "here"];
        const receivers = [minting(), { ...stack.countingReceiver("east"), connections: 1 }];
        const senders = [stack.sender("agent"), { ...stack.sender("other"), receiver: "east" }];
        const both = await update("q1", undefined, { receivers, senders });
        assert.deepEqual(given(find(both, SENDER)), { token: valueOf("q1") });
        assert.deepEqual(given(find(both, `${SECRET} other`)), { token: passwordOf("write-q1") });
    });

    it("mints nothing for what was adopted, whose value is given", async () => {
        const adopted = { label: "q1", value: valueOf("q1") };
        const made = await update("q1", undefined, { adopted });
        assert.deepEqual(tokensOf(made), []);
        assert.deepEqual(given(find(made, SENDER)), { token: valueOf("q1") });
        assert.deepEqual(tokensOf(await update("q2", made, { adopted })), ["q2@cloud"]);
    });

    it("goes back to a token it has, also where another policy is configured", async () => {
        const receivers = [minting({ accessPolicyId: "00000000-0000-0000-0000-000000000000" })];
        const back = await update("q1", rotated, { receivers });
        assert.deepEqual(tokensOf(back), ["q1@cloud", "q2@cloud"]);
        assert.deepEqual(given(find(back, SENDER)), { token: valueOf("q1") });
    });

    it("asks nothing of Grafana Cloud when nothing is to be minted", async () => {
        await update("q2", rotated, { "grafana:cloudApiUrl": "http://127.0.0.1:9" });
    });

    describe("revokes", () => {
        beforeEach(() => mintThere(rotated));

        it("nothing that a rotation would drop, as nobody counts who uses it", async () => {
            const third = await update("q3", rotated);
            assert.deepEqual(third.result.rotation.accepted, ["q3", "q2", "q1"]);
            assert.deepEqual(there(), ["q2", "q1"]);
            assert.deepEqual(third.said, [
                "warning: generation q1 stays accepted: nothing counts who pushes to receiver cloud with it: " +
                    "see there that nobody does, and retire it with --without-proof",
            ]);
        });

        it("nothing that is to be retired without leave", async () => {
            await assert.rejects(update("q2", rotated, { retired: ["q1"] }), {
                message:
                    "prometheus-write-secret:retired names q1, but nothing counts who pushes to receiver cloud with it: " +
                    "see there that nobody does, and retire it with --without-proof",
            });
            assert.deepEqual(there(), ["q2", "q1"]);
        });

        it("what is retired by leave, and has it on record once it is refused", async () => {
            const asked: string[] = [];
            const leave = { retired: ["q1"], retireWithoutProof: true };
            await assert.rejects(
                update("q2", rotated, leave, { asked }),
                /receiver cloud does not refuse retired generation q1 within 1 s: it answered 204 at \S+\. Mend/,
            );
            assert.deepEqual(there(), ["q2"]); // by then it was
            assert.ok(!asked.includes(CLOUD)); // it goes on to be remembered as accepting it
            valid = ["q2"];
            const retired = await update("q2", rotated, leave);
            assert.deepEqual(tokensOf(retired), ["q2@cloud"]);
            assert.ok(idsOf(retired).includes(`${PASSWORD}-q1`)); // until it is on record
            assert.deepEqual(recordOf(retired).retired, ["q1"]);
            assert.deepEqual(retired.said, []);
        });

        it("what leaked, in the update after senders have switched", async () => {
            const emergency = { emergency: { leaked: "q2", reason: "in a log" } };
            const second = await update("q3", rotated, emergency);
            await mintThere(second);
            assert.deepEqual(there(), ["q2", "q1", "q3"]);
            valid = ["q1", "q3"];
            const ended = await update("q3", second, emergency);
            assert.deepEqual(there(), ["q1", "q3"]);
            assert.deepEqual(tokensOf(ended), ["q3@cloud", "q1@cloud"]);
            assert.deepEqual(recordOf(ended).retired, ["q2"]);
        });

        it("what was revoked by hand and is refused, which a rotation drops", async () => {
            valid = ["q2", "q3"];
            const third = await update("q3", rotated);
            assert.deepEqual(third.result.rotation.accepted, ["q3", "q2"]);
            assert.deepEqual(there(), ["q2"]);
        });

        it("nothing in a preview", async () => {
            const leave = { retired: ["q1"], retireWithoutProof: true };
            await update("q2", rotated, leave, { preview: true, callsHooks: false });
            assert.deepEqual(there(), ["q2", "q1"]);
        });

        it("nothing on record while Grafana Cloud does not answer", async () => {
            valid = ["q2"];
            const asked: string[] = [];
            const leave = { retired: ["q1"], retireWithoutProof: true };
            const silent = { ...leave, "grafana:cloudApiUrl": "http://127.0.0.1:9" };
            await assert.rejects(
                update("q2", rotated, silent, { asked }),
                /generation q1 is not revoked at receiver cloud: Grafana Cloud at 127\.0\.0\.1:9, asked to GET tokens, did not answer: .+ Run pulumi up again/,
            );
            assert.ok(!asked.includes(CLOUD)); // it goes on to be remembered as accepting it
        });
    });

    describe("refuses, before anything changes and in previews,", () => {
        const refusals: readonly (readonly [string, () => Changes, string])[] = [
            [
                "a token of Grafana Cloud that is wrong",
                () => ({ [KEY]: "glc_wrong" }),
                "answered 401: the token it was asked with needs the scopes accesspolicies:read, accesspolicies:write and " +
                    "accesspolicies:delete, in the same organization",
            ],
            [
                "a policy that is not there",
                () => {
                    const accessPolicyId = "00000000-0000-0000-0000-000000000000";
                    return { receivers: [minting({ accessPolicyId })] };
                },
                "there is no access policy 00000000-0000-0000-0000-000000000000 in region prod-sandbox-0",
            ],
            [
                "another region than the policy's",
                () => ({ receivers: [minting({ region: "eu" })] }),
                "in region eu",
            ],
            [
                "an address where nobody answers",
                () => ({ "grafana:cloudApiUrl": "http://127.0.0.1:9" }),
                "Grafana Cloud at 127.0.0.1:9, asked to GET accesspolicies/",
            ],
        ];
        for (const [what, changes, words] of refusals) {
            it(what, async () => {
                const asked: string[] = [];
                const rotating = update("q3", rotated, changes(), { preview: true, asked });
                await assert.rejects(rotating, ({ message }: Error) => {
                    assert.match(message, /^prometheus-write-secret:receivers: cloud: [^\n]+$/);
                    assert.ok(message.includes(words), message);
                    return true;
                });
                assert.deepEqual(asked, []);
            });
        }

        it("what may not write metrics", async () => {
            await cloud.stop();
            cloud = await startGrafanaCloud(undefined, { scopes: ["metrics:read"] });
            await assert.rejects(update("q1", undefined, {}, { preview: true }), {
                message:
                    "prometheus-write-secret:receivers: cloud: access policy remote-write has not the scope metrics:write: add it",
            });
        });

        it("to mint without a token to mint with", async () => {
            const fleet = { receivers: [minting()], senders: [stack.sender("agent")] };
            await assert.rejects(stack.update("q1", undefined, fleet), {
                message:
                    "prometheus-write-secret:receivers: cloud: Grafana Cloud mints nothing without a token of its own: " +
                    "pulumi config set --secret grafana:cloudAccessPolicyToken, or set GRAFANA_CLOUD_ACCESS_POLICY_TOKEN",
            });
        });

        it("a token to mint with that stands in plain text", async () => {
            await assert.rejects(update("q1", undefined, {}, { secretKeys: [] }), {
                message:
                    "prometheus-write-secret:receivers: what mints needs grafana:cloudAccessPolicyToken to be a secret: pulumi config " +
                    "set --secret grafana:cloudAccessPolicyToken, and revoke it where it was made, because it stood in plain text",
            });
        });

        it("one value for others beside what is minted", async () => {
            const byHand = { name: "other", kind: "external", url: stack.receiver.url };
            const minted =
                "prometheus-write-secret:receivers[0].mint makes another value for cloud than others have";
            await assert.rejects(update("q1", undefined, { receivers: [minting(), byHand] }), {
                message: `${minted}, while other takes what is made by hand: give it a stack of its own`,
            });
            const aws = { region: "eu-central-1", secret: {} };
            await assert.rejects(update("q1", undefined, { aws }), {
                message: `${minted}, while aws.secret holds one: give it a stack of its own`,
            });
        });

        it("a second token under a label, whose first one nobody knows", async () => {
            const third = await update("q3", rotated);
            await mintThere(third);
            await assert.rejects(update("q3", rotated, {}, { preview: true }), {
                message:
                    /^prometheus-write-secret:receivers: cloud: Grafana Cloud has a token \S+-cloud-q3-\S+ already, whose value this stack does not know, as when an update was killed while it was made: revoke it there and run pulumi up again, or, where it may be in use, set rotation to another label$/,
            });
        });

        it("to go back to a token that is gone", async () => {
            const rest = Object.entries(rotated.recorded).filter(
                ([urn]) => !urn.endsWith("::write-q1@cloud"),
            );
            const refreshed = { ...rotated, recorded: Object.fromEntries(rest) };
            await assert.rejects(update("q1", refreshed), {
                message:
                    "prometheus-write-secret:rotation names q1, whose token for receiver cloud is gone, as it was revoked " +
                    "where it was made: set rotation to another label",
            });
            assert.deepEqual(tokensOf(await update("q2", refreshed)), ["q2@cloud"]);
        });
    });
});
