import assert from "node:assert/strict";
import { probe } from "../../proof/probe.ts";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import { diagnostics, mark, type Rotation, SECRET, STACK, steps } from "./deployment.ts";
import type { Stage } from "./stage.ts";
import { type Observation, watch } from "./watch.ts";

/** What kinds of receivers differ in. */
export interface Story {
    /** Whether its counters prove that nobody uses a generation. */
    readonly counts: boolean;
}

/** What every kind of receiver goes through, with samples flowing. */
export function describeRotation(stage: Stage, { counts }: Story): void {
    const labels: string[] = [];
    const logins: Awaited<ReturnType<Stage["senderLogin"]>>[] = [];
    let seen: Observation<Outcome>;

    /** What the receiver says of each generation so far, in their order. */
    const answers = async () => {
        const asked = logins.map((login) => probe(stage.sandbox.fleet.receiverUrl, login));
        return (await Promise.all(asked)).map(({ kind }) => kind);
    };

    before(async () => {
        const { current } = await stage.deployment.rotation();
        labels.push(current, stage.newLabel(), stage.newLabel());
        logins.push(await stage.senderLogin());
        const rotate = () => stage.deployment.rotateTo(labels[1] ?? "");
        seen = await watch(stage.sandbox, rotate, () => stage.senderToken());
        logins.push(await stage.senderLogin());
    });

    it("changes both Secrets in place, and the sender gets another credential", async () => {
        assert.deepEqual(steps(seen.outcome, SECRET), ["update", "update"]);
        const [from = "", to = ""] = labels;
        assert.deepEqual(await stage.deployment.rotation(), {
            current: to,
            accepted: [to, from],
            senders: { prometheus: to },
        } satisfies Rotation);
        assert.deepEqual(
            seen.held,
            logins.map(({ token }) => mark(token)),
        );
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

    const fate = counts
        ? "drops the oldest in the rotation after, once the counters prove that nobody uses it"
        : "keeps the oldest in the rotation after, as nothing proves that nobody uses it";
    it(fate, async () => {
        await stage.senderFollowed();
        const outcome = await stage.deployment.rotateTo(labels[2] ?? "");
        logins.push(await stage.senderLogin());
        const [oldest, former, current] = labels;
        const expected = counts ? [current, former] : [current, former, oldest];
        assert.deepEqual((await stage.deployment.rotation()).accepted, expected);
        assert.deepEqual(await answers(), [
            counts ? "refused" : "accepted",
            "accepted",
            "accepted",
        ]);
        const said = diagnostics(outcome)[STACK]?.join("\n") ?? "";
        assert.match(said, counts ? /^watching for/ : /stays accepted: .* has no metricsUrls/);
    });

    it("has the receiver refuse what is retired by name", async () => {
        await stage.senderFollowed();
        const [oldest = "", former = ""] = labels;
        const retire = async (label: string) => {
            const { exitCode, output } = await stage.deployment.command("retire", label, "--yes");
            assert.equal(exitCode, 0, output);
        };
        if (!counts) {
            await stage.deployment.configure({ retireWithoutProof: true });
            await retire(oldest);
        }
        await retire(former);
        assert.deepEqual((await stage.deployment.rotation()).accepted, [labels[2]]);
        assert.deepEqual(await answers(), ["refused", "refused", "accepted"]);
    });
}
