import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { annotate } from "../../holders/kubernetesSecret.ts";
import type { VmauthSettings } from "../../kinds/receivers/vmauth.ts";
import { planRotation } from "../../rotation/plan.ts";
import { Guard } from "../../update/guard.ts";
import type { Recorded } from "../../update/recorded.ts";
import { bind } from "../support/gates.ts";
import { NOTHING, receiverSettings, settingsOf } from "../support/fleet.ts";
import { LocalCluster } from "../support/localCluster.ts";
import { run } from "../support/mocks.ts";

const RECEIVER = "edge/east-auth";
const SENDER = "monitoring/agent-write-credential";
const WAYS_OUT =
    "holds what this stack does not know, or no longer accepts: its state is older than the cluster, or the Secret " +
    "was put back from a backup. Nothing was changed. Go on from what is there: pulumi refresh, then pulumi up; or " +
    "put back the newest state (docs/safety.md)";

/** A finished rotation from 2026 to 2027. */
const held = { current: "2027", accepted: ["2027", "2026"], revision: 2 };
const recorded: Recorded = {
    ...NOTHING,
    senders: { agent: held },
    receivers: { east: held },
    kept: ["2026", "2027"],
    labels: ["2026", "2027"],
    values: { 2026: "former", 2027: "present" },
    proven: 2,
};

/** An `auth.yml` that lets in whoever has one of these. */
function auth(...tokens: readonly string[]): Record<string, string> {
    return { "auth.yml": stringify({ users: tokens.map((bearer_token) => ({ bearer_token })) }) };
}

describe("Guard", () => {
    let cluster: LocalCluster;
    beforeEach(async () => {
        cluster = new LocalCluster();
        await cluster.start();
        cluster.secrets = { [RECEIVER]: auth("present", "former"), [SENDER]: { token: "present" } };
    });
    afterEach(() => cluster.stop());

    async function look(
        changes: Partial<Recorded> = {},
        rotation = "2028",
        receiver: Partial<VmauthSettings> = {},
        unused: readonly string[] = [],
    ): Promise<void> {
        const known = { ...recorded, ...changes };
        const settings = settingsOf({ rotation, receivers: [receiverSettings(receiver)] });
        const plan = planRotation(settings, known, unused);
        await run({}, () => new Guard({ settings, recorded: known, plan }).look());
    }
    const refuses = (message: string, changes: Partial<Recorded> = {}) =>
        assert.rejects(look(changes), (error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.equal(error.message, message);
            return true;
        });

    it("lets pass what the state knows", async () => {
        await look();
        assert.deepEqual(cluster.asked, [RECEIVER, SENDER]);
    });

    it("lets pass what an update wrote before it was killed, as its password was recorded before", async () => {
        cluster.secrets = { ...cluster.secrets, [RECEIVER]: auth("next", "present", "former") };
        await look({
            kept: ["2026", "2027", "2028"],
            values: { ...recorded.values, 2028: "next" },
        });
    });

    it("lets pass what is gone, or broken, which is written anew", async () => {
        cluster.secrets = { [RECEIVER]: { "auth.yml": "users: broken" } };
        await look();
    });

    it("lets pass what somebody added by hand, which is taken away again", async () => {
        cluster.annotations = { [RECEIVER]: annotate(held) };
        cluster.secrets = { ...cluster.secrets, [RECEIVER]: auth("present", "former", "foreign") };
        await look();
    });

    it("refuses to overwrite a receiver's credential that the state does not know", async () => {
        cluster.secrets = { ...cluster.secrets, [RECEIVER]: auth("newer", "present") };
        await refuses(`prometheus-write-secret:receivers: east: Secret ${RECEIVER} ${WAYS_OUT}`);
    });

    it("refuses to close a path that the state does not know, also when it is to be closed, and none that is to be open", async () => {
        const opening = (path: string) => {
            const [bearer_token, src_paths] = ["present", [path]];
            const url_map = [{ src_paths, url_prefix: "http://store:8480" }];
            const users = [{ bearer_token, url_map }];
            cluster.secrets = {
                ...cluster.secrets,
                [RECEIVER]: { "auth.yml": stringify({ users }) },
            };
        };
        opening("/api/v1/write");
        await look();
        opening("/elsewhere");
        await refuses(`prometheus-write-secret:receivers: east: Secret ${RECEIVER} ${WAYS_OUT}`);
        await assert.rejects(look({}, "2028", { closedPaths: ["/elsewhere"] }), /does not know/);
        cluster.annotations = { [RECEIVER]: annotate(held) }; // edited by hand since
        await look();
    });

    it("refuses to overwrite a sender's credential that was dropped meanwhile", async () => {
        cluster.secrets = { ...cluster.secrets, [SENDER]: { token: "older" } };
        await refuses(`prometheus-write-secret:senders: agent: Secret ${SENDER} ${WAYS_OUT}`);
    });

    it("refuses to drop what a sender holds and the state takes for unused", async () => {
        cluster.secrets = { ...cluster.secrets, [SENDER]: { token: "former" } };
        await look({}, "2028"); // it stays accepted
        await assert.rejects(look({}, "2028", {}, ["2026"]), /senders: agent: .* does not know/);
    });

    it("refuses a state that does not know of a refusal", async () => {
        cluster.annotations = {
            [RECEIVER]: annotate({
                ...{ current: "2027", accepted: ["2027"] },
                ...{ revision: 3, refused: ["2026"] },
            }),
        };
        cluster.secrets = { ...cluster.secrets, [RECEIVER]: auth("present") };
        await refuses(`prometheus-write-secret:receivers: east: Secret ${RECEIVER} ${WAYS_OUT}`);
        await look({ refused: ["2026"] });
    });

    it("refuses another cluster, and says how to go on", async () => {
        const known = "8f4b2c1e-7a90-4d3f-9b60-00000000000f";
        await refuses(
            `kubernetes:context: this is another cluster (${cluster.identity}) than the one this stack writes to ` +
                `(${known}). Nothing was changed. Choose that one: pulumi config set kubernetes:context <its context>; ` +
                `or, to move the stack to this one: pulumi config set prometheus-write-secret:cluster ${cluster.identity}`,
            { cluster: { identity: known } },
        );
        assert.deepEqual(cluster.asked, []);
        await look({ cluster: { identity: cluster.identity } });
    });

    it("asks which cluster it is, without a rotation, when the kubeconfig or its context is another", async () => {
        const settings = settingsOf({ rotation: "2027" });
        const plan = planRotation(settings, recorded);
        const identity = "8f4b2c1e-7a90-4d3f-9b60-00000000000f";
        const point = (told: Partial<Recorded["cluster"]>) => {
            const known = { ...recorded, cluster: { identity, ...told } };
            return run({}, () =>
                new Guard({ settings, recorded: known, plan }).lookWhereItPoints(),
            );
        };
        const { KUBECONFIG: kubeconfig = "" } = process.env;
        await point({ kubeconfig });
        await assert.rejects(point({ kubeconfig: "/elsewhere" }), /this is another cluster/);
        await assert.rejects(point({ kubeconfig, context: "other" }), /another cluster/);
        assert.deepEqual(cluster.asked, []);
    });

    it("looks once, from hooks that previews call too", async () => {
        const { result } = await run({}, async () => {
            const settings = settingsOf({ rotation: "2027" });
            const plan = planRotation(settings, recorded);
            const guard = new Guard({ settings, recorded, plan });
            const bound = ["east", "west"].map((name) => bind(name, guard.hooks(name)));
            const hooks = bound.flatMap(({ beforeCreate = [], beforeUpdate = [] }) => [
                ...beforeCreate,
                ...beforeUpdate,
            ]);
            for (const hook of hooks) {
                assert.ok(pulumi.ResourceHook.isInstance(hook));
                assert.equal(hook.opts?.onDryRun, true);
                await hook.callback({ urn: "", id: "", name: "", type: "" });
            }
            return hooks.length;
        });
        assert.equal(result, 4);
        assert.deepEqual(cluster.asked, [RECEIVER, SENDER]);
    });
});
