// Senders and receivers under other names, and Secrets that are to be others, while a sender pushes
// with what its pod mounts. The kubelet keeps the files of a pod whose Secret is gone.
import assert from "node:assert/strict";
import { execa } from "execa";
import { stringify } from "yaml";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import { CONFIG_MAP, diagnostics, SECRET, STACK, steps } from "../support/deployment.ts";
import {
    CONFIGURATION,
    RECEIVER_SECRET,
    SENDER_SECRET,
    type Stage,
    useSandbox,
} from "../support/fixture.ts";
import { type Observation, watch } from "../support/watch.ts";

const KEY = "error: prometheus-write-secret:";
const WHERE = "(docs/operating.md, Renaming and moving)";

function losesNothing({ count, verdicts, changed }: Observation<unknown>): void {
    const { samplesSent } = count;
    assert.ok(samplesSent > 10_000, `${samplesSent} samples prove little`);
    assert.deepEqual(count, { samplesSent, samplesStored: samplesSent, samplesLost: 0 });
    assert.deepEqual(Object.keys(verdicts), ["accepted: it answered 204"]);
    assert.deepEqual(changed, []);
}

async function versions(stage: Stage): Promise<unknown> {
    const objects = await stage.objects();
    return objects.map(({ metadata }) => [metadata?.uid, metadata?.resourceVersion]);
}

describe("a sender and a receiver that are called something else", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const sender = {
        "senders.0.name": "edge",
        "senders.0.secret": SENDER_SECRET,
        "senders.0.configMap": CONFIGURATION,
    };
    const receiver = { "receivers.0.name": "central", "receivers.0.secret": RECEIVER_SECRET };
    let restore: string;
    let seen: Observation<{ renamed: Outcome; both: Outcome; kept: readonly unknown[] }>;

    before(async () => {
        const { deployment, sandbox } = stage;
        await sandbox.fleet.sender.running;
        await deployment.configure((text) => {
            restore = text;
            return text;
        });
        const rename = async () => {
            const kept = [await versions(stage)];
            await deployment.configure(sender);
            const renamed = await deployment.up();
            kept.push(await versions(stage));
            await deployment.configure(receiver);
            return { renamed, both: await deployment.up(), kept };
        };
        seen = await watch(sandbox, rename, () => stage.senderToken());
    });
    after(async () => {
        await stage.deployment.configure(() => restore);
        await stage.deployment.up();
    });

    it("keep their objects: none is made, changed or deleted for a sender's name", () => {
        const { renamed, kept } = seen.outcome;
        assert.equal(renamed.changes, 0);
        assert.deepEqual(kept[1], kept[0]);
    });

    it("change nothing but the name of the entry for a receiver's, and say what that costs", () => {
        const { both } = seen.outcome;
        assert.deepEqual(steps(both, SECRET), []);
        assert.deepEqual(steps(both, CONFIG_MAP), ["update"]);
        assert.deepEqual(diagnostics(both)[STACK], [
            "warning: sender edge will lose what it has not pushed yet when it loads its new configuration, because of " +
                "the name of its remote_write entry, which changed: do it while its queue is empty",
        ]);
    });

    it("lose no sample", () => {
        losesNothing(seen);
    });

    it("go on with the rotation under their new names", async () => {
        const { deployment } = stage;
        const urns = (await deployment.resources()).map(({ urn }) => urn);
        assert.deepEqual(
            urns.filter((urn) => /::(prometheus|vmauth)(-configuration)?$/.test(urn)),
            [],
        );
        const label = stage.newLabel();
        await deployment.rotateTo(label);
        assert.deepEqual((await deployment.rotation()).senders, { edge: label });
        restore = restore.replace(/(write-secret:rotation: ).*/, `$1"${label}"`);
        await stage.senderFollowed();
        assert.equal((await deployment.up()).changes, 0);
    });
});

describe("a Secret that is to be another one", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    /** What `pulumi preview` and `pulumi up` say, which must be the same. */
    const refusal = async (edit: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
        const { deployment } = stage;
        const before = await versions(stage);
        const said = await deployment.configured(edit, async () => {
            const preview = await deployment.run("preview");
            const up = await deployment.tryUp();
            assert.notEqual(up.exitCode, 0);
            assert.deepEqual(diagnostics(up), diagnostics(preview));
            return diagnostics(up)[STACK] ?? [];
        });
        assert.deepEqual(await versions(stage), before);
        return said;
    };

    it("is refused: who mounts the former would have nothing to be started with", async () => {
        assert.deepEqual(await refusal({ "senders.0.secret": "moved" }), [
            `${KEY}senders: prometheus: Secret monitoring/${SENDER_SECRET} would be deleted for Secret monitoring/moved ` +
                "while pods may mount it: set secret or namespace back, or list another one with the new secret first, " +
                `and take this one out in a later update ${WHERE}`,
        ]);
    });

    it("is refused with another name, whose objects would be others", async () => {
        const [said = ""] = await refusal({ "senders.0.name": "edge" });
        assert.match(
            said,
            /senders: prometheus is listed no more, which deletes Secret monitoring\//,
        );
    });

    it("is refused where it is others': they would be cut off", async () => {
        const { adminKubeconfig, namespace } = stage.sandbox.cluster;
        const kubectl = (...args: string[]) => {
            const where = ["--kubeconfig", adminKubeconfig, "--namespace", namespace];
            return execa(stage.sandbox.tools.kubectl.path, [...where, ...args, "theirs"]);
        };
        const users = [{ username: "reader", password: "theirs", url_prefix: "http://store" }];
        const auth = `--from-literal=auth.yml=${stringify({ users })}`;
        await kubectl("create", "secret", "generic", auth);
        const [said = "", ...more] = await refusal({ "receivers.0.secret": "theirs" });
        assert.ok(
            said.startsWith(
                `${KEY}receivers: vmauth: Secret monitoring/theirs is there already, and this stack did not make it: ` +
                    "it accepts 1 other credential, which would be refused from then on. ",
            ),
            said,
        );
        assert.deepEqual(more, []);
        await kubectl("delete", "secret");
    });

    it("is there beside the former, follows as it does, and stays when that is taken out: 0 lost", async () => {
        const { deployment, sandbox } = stage;
        await sandbox.fleet.sender.running;
        const present = {
            name: "next",
            kind: "prometheus",
            namespace: "monitoring",
            configuration: "sandbox/parts/prometheus.yml",
            credentialsFile: "../write-credential/token",
        };
        const former = { ...present, name: "prometheus" };
        const label = stage.newLabel();
        const move = async () => {
            await deployment.configure({ senders: [former, present] });
            await deployment.rotateTo(label);
            const tokens = [SENDER_SECRET, "next-write-credential"].map(
                async (name) => (await stage.secret(name)).files["token"],
            );
            const [old, now] = await Promise.all(tokens);
            assert.ok(old === now, "both follow");
            await stage.senderFollowed();
            await deployment.configure({ senders: [present] });
            assert.deepEqual(steps(await deployment.up(), SECRET), ["delete"]);
            return now ?? "";
        };
        let token = "";
        const seen = await watch(
            sandbox,
            async () => {
                token = await move();
            },
            () => Promise.resolve(token),
        );
        losesNothing(seen);
        // Back, in the same two steps
        await deployment.configure({ senders: [former, present] });
        await deployment.up();
        await deployment.configure({ senders: [former] });
        await deployment.up();
        assert.equal((await deployment.up()).changes, 0);
    });
});
