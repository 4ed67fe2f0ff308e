import assert from "node:assert/strict";
import { probe } from "../../proof/probe.ts";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import { mark, type Rotation, SECRET, steps } from "./deployment.ts";
import type { Stage } from "./stage.ts";
import { type Observation, watch } from "./watch.ts";

/** What every kind of receiver goes through, with samples flowing. */
export function describeRotation(stage: Stage): void {
    const labels: string[] = [];
    const tokens: string[] = [];
    let seen: Observation<Outcome>;
    before(async () => {
        const { current } = await stage.deployment.rotation();
        labels.push(current, stage.newLabel(), stage.newLabel());
        tokens.push(await stage.senderToken());
        const rotate = () => stage.deployment.rotateTo(labels[1] ?? "");
        seen = await watch(stage.sandbox, rotate, () => stage.senderToken());
        tokens.push(await stage.senderToken());
    });

    it("changes both Secrets in place, and the sender gets another credential", async () => {
        assert.deepEqual(steps(seen.outcome, SECRET), ["update", "update"]);
        const [from = "", to = ""] = labels;
        assert.deepEqual(await stage.deployment.rotation(), {
            current: to,
            accepted: [to, from],
            senders: { prometheus: to },
        } satisfies Rotation);
        assert.deepEqual(seen.held, tokens.map(mark));
    });

    it("has the credential the sender holds accepted at every moment, and loses no sample", () => {
        assert.deepEqual(Object.keys(seen.verdicts), ["accepted: it answered 204"]);
        const [asked = 0] = Object.values(seen.verdicts);
        assert.ok(asked > 50, `looked ${asked} times only`);
        const { samplesSent } = seen.count;
        assert.ok(samplesSent > 10_000, `${samplesSent} samples prove little`);
        assert.deepEqual(seen.count, { samplesSent, samplesStored: samplesSent, samplesLost: 0 });
    });

    it("restarts nothing, reloads no sender and has no push refused", () => {
        assert.deepEqual(seen.changed, []);
    });

    it("leaves nothing to do for another up", async () => {
        const snapshot = await stage.snapshot();
        assert.equal((await stage.deployment.up()).changes, 0);
        assert.deepEqual(await stage.snapshot(), snapshot);
    });

    it("drops the oldest in the rotation after, once the counters prove that nobody uses it", async () => {
        await stage.senderFollowed();
        await stage.deployment.rotateTo(labels[2] ?? "");
        tokens.push(await stage.senderToken());
        const { accepted } = await stage.deployment.rotation();
        assert.deepEqual(accepted, [labels[2], labels[1]]);
        const answers = tokens.map((token) => probe(stage.sandbox.fleet.receiverUrl, { token }));
        const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
        assert.deepEqual(kinds, ["refused", "accepted", "accepted"]);
    });

    it("has the receiver refuse what is retired by name", async () => {
        await stage.senderFollowed();
        const [, retired = "", current = ""] = labels;
        const { exitCode, output } = await stage.deployment.command("retire", retired, "--yes");
        assert.equal(exitCode, 0, output);
        assert.deepEqual((await stage.deployment.rotation()).accepted, [current]);
        const answers = tokens.map((token) => probe(stage.sandbox.fleet.receiverUrl, { token }));
        const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
        assert.deepEqual(kinds, ["refused", "refused", "accepted"]);
    });
}
