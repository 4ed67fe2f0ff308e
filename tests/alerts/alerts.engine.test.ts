// Each alert fires for its fault and is over once that is mended: a real Prometheus looks at real parts
// by the rules that users have. Minutes are seconds here; that the minutes are right is judged by
// promtool, in rules.engine.test.ts.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { probe } from "../../proof/probe.ts";
import { renderRecord, type RotationRecord } from "../../rotation/record.ts";
import { RECEIVER_SECRET, type Stage, useSandbox } from "../support/fixture.ts";
import { whilePushing } from "../support/watch.ts";
import { startWatchman, type Watchman } from "../support/watchman.ts";

const DAY_MILLISECONDS = 86_400_000;
const MANY = 150; // more than an update asks for

/** Puts something else into the receiver's `auth.yml`, as somebody might with kubectl. */
async function putAuth({ sandbox }: Stage, auth: string): Promise<void> {
    const { adminKubeconfig, namespace } = sandbox.cluster;
    const data = { "auth.yml": Buffer.from(auth).toString("base64") };
    await execa(sandbox.tools.kubectl.path, [
        ...["--kubeconfig", adminKubeconfig, "--namespace", namespace],
        ...["patch", `secret/${RECEIVER_SECRET}`, "--type=merge", "--patch"],
        JSON.stringify({ data }),
    ]);
}

/** Leaves nothing to do for another up, and nothing retired by name. */
async function letGo({ deployment }: Stage): Promise<void> {
    await deployment.configure({ retired: undefined });
    await deployment.up();
}

/** Has the record say that its generation is so many days old. */
async function age({ deployment, sandbox }: Stage, days: number): Promise<void> {
    const { output } = await deployment.must("stack", "export");
    const state = JSON.parse(output) as { deployment: { resources: Exported[] } };
    const stash = state.deployment.resources.find(({ urn }) => urn.endsWith("::record-stash"));
    const stashed = stash?.outputs.output ?? { content: "{}" };
    const record = JSON.parse(stashed.content) as RotationRecord;
    const since = new Date(Date.now() - days * DAY_MILLISECONDS).toISOString();
    stashed.content = renderRecord({ ...record, since: { [record.generation]: since } });
    const file = join(sandbox.directory, "aged.json");
    await writeFile(file, JSON.stringify(state));
    await deployment.must("stack", "import", "--file", file);
}

interface Exported {
    readonly urn: string;
    readonly outputs: { readonly output?: { content: string } };
}

describe("alerts", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let watchman: Watchman;
    const look = async (...args: readonly string[]) => {
        const { textfile } = watchman;
        const ran = await stage.deployment.command("metrics", "--textfile", textfile, ...args);
        assert.equal(ran.exitCode, 0, ran.output);
    };
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        await stage.ensureOverlap();
        watchman = await startWatchman(stage.sandbox);
    });
    after(() => watchman.stop());

    it("say that samples are refused, and that a sender is silent, until it is let in again", async () => {
        const other = `users: [{name: other, bearer_token: ${randomBytes(16).toString("hex")}, url_prefix: "http://127.0.0.1:1"}]`;
        await putAuth(stage, other);
        const refused = await watchman.fires("WriteCredentialSamplesRefused");
        const silent = await watchman.fires("WriteCredentialSenderSilent");
        const { severity, cluster } = silent;
        assert.equal(new URL(refused["url"] ?? "").href, stage.sandbox.fleet.receiverUrl);
        assert.deepEqual({ severity, cluster }, { severity: "critical", cluster: "sandbox" });
        await stage.deployment.up();
        await watchman.resolves("WriteCredentialSamplesRefused");
        await watchman.resolves("WriteCredentialSenderSilent");
    });

    it("say that somebody tries made-up credentials, until nobody does", async () => {
        const { receiverUrl } = stage.sandbox.fleet;
        const tries = Array.from({ length: MANY }, () =>
            probe(receiverUrl, { token: randomBytes(24).toString("hex") }),
        );
        const kinds = new Set((await Promise.all(tries)).map(({ kind }) => kind));
        assert.deepEqual([...kinds], ["refused"]);
        await watchman.fires("WriteCredentialMadeUp");
        await watchman.resolves("WriteCredentialMadeUp");
    });

    it("say that a receiver cannot load its configuration, until it can", async () => {
        await putAuth(stage, "users: [");
        const { job } = await watchman.fires("WriteCredentialReloadFailed");
        assert.equal(job, "receiver");
        await stage.deployment.up();
        await watchman.resolves("WriteCredentialReloadFailed");
    });

    it("say that a rotation is unfinished, until it is finished", async () => {
        const { github } = stage.sandbox;
        const { deployment } = stage;
        const undo = github.fail({ method: "PUT", path: /\/dev\.yaml\.age/ }, { status: 422 });
        await deployment.configure({ rotation: stage.newLabel() });
        const { exitCode } = await deployment.tryUp().finally(undo);
        assert.notEqual(exitCode, 0);
        await look();
        const { stack, kind } = await watchman.fires("WriteCredentialUnfinished");
        assert.deepEqual({ stack, kind }, { stack: "dev", kind: "unfinished" });
        await deployment.up();
        await look();
        await watchman.resolves("WriteCredentialUnfinished");
    });

    it("say that somebody pushes with a former generation, until nobody does", async () => {
        await stage.senderFollowed();
        await stage.ensureOverlap();
        const [, former = ""] = (await stage.deployment.rotation()).accepted;
        const token = (await stage.acceptedTokens()).get(former) ?? "";
        await look();
        const { generation, state } = await whilePushing(stage.sandbox, token, () =>
            watchman.fires("WriteCredentialFormerUsed"),
        );
        assert.deepEqual({ generation, state }, { generation: former, state: "former" });
        await watchman.resolves("WriteCredentialFormerUsed");
    });

    it("say that a generation lets people in that was retired, until it is refused", async () => {
        await stage.ensureOverlap();
        const [, former = ""] = (await stage.deployment.rotation()).accepted;
        await stage.deployment.configure({ retired: [former] });
        await look();
        await watchman.fires("WriteCredentialLeakedAccepted");
        await stage.deployment.up();
        await look();
        await watchman.resolves("WriteCredentialLeakedAccepted");
        await letGo(stage);
    });

    it("say that a generation outlives the rotation after it, until it is retired", async () => {
        const { deployment } = stage;
        await stage.ensureOverlap();
        const [, former = ""] = (await deployment.rotation()).accepted;
        const token = (await stage.acceptedTokens()).get(former) ?? "";
        const longer = { disuseSeconds: 6 }; // long enough to see it used
        await deployment.configure({ rotation: stage.newLabel() });
        await deployment.configured(longer, () =>
            whilePushing(stage.sandbox, token, () => deployment.up()),
        );
        await stage.senderFollowed();
        await look();
        await watchman.fires("WriteCredentialOutlived");
        const { exitCode, output } = await deployment.command("retire", former, "--yes");
        assert.equal(exitCode, 0, output);
        await look();
        await watchman.resolves("WriteCredentialOutlived");
        await letGo(stage);
    });

    it("say that the credential is older than the policy, until it is rotated", async () => {
        const { deployment } = stage;
        await age(stage, 100);
        await look();
        await watchman.fires("WriteCredentialOverdue");
        const due = ["--yes", "--if-older-than", "80d"] as const;
        const { exitCode, output } = await deployment.command("rotate", stage.newLabel(), ...due);
        assert.equal(exitCode, 0, output);
        await look();
        await watchman.resolves("WriteCredentialOverdue");
    });

    it("say that nobody looks any more, until somebody does", async () => {
        await watchman.fires("WriteCredentialUnwatched");
        await look();
        await watchman.resolves("WriteCredentialUnwatched");
    });
});
