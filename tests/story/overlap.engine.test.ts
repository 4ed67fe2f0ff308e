// Two rotations, the second before the sender's pod shows what the first gave it. The kubelet takes
// as long as it is told to; a real one takes up to 90 s.
import assert from "node:assert/strict";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import { diagnostics, mark, STACK } from "../support/deployment.ts";
import { DISUSE_SECONDS, useSandbox } from "../support/fixture.ts";
import { type Observation, watch } from "../support/watch.ts";

// Longer than both rotations, however busy the machine; cut short once both are done
const SLOW_SECONDS = 90;
const KUBELET_SECONDS = 0.2;
const PAUSE_SECONDS = 6; // a sender pushes every 5 s at least

describe("two rotations in quick succession, with a slow sender", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let oldest: string;
    let labels: readonly [first: string, second: string];
    let tokens: string[];
    /** What the sender's pod showed when both rotations were done. */
    let shown: string;
    let seen: Observation<readonly [Outcome, Outcome]>;

    const rotateTwice = async () => {
        const { deployment, sandbox } = stage;
        const { credential } = sandbox.fleet.volumes;
        const [first, second] = labels;
        const before = await stage.senderToken();
        credential.delaySeconds = SLOW_SECONDS;
        await deployment.configure({ disuseSeconds: PAUSE_SECONDS });
        try {
            const outcomes = [await deployment.rotateTo(first)];
            const between = await stage.senderToken();
            outcomes.push(await deployment.rotateTo(second));
            tokens = [before, between, await stage.senderToken()].map(mark);
            // Resolves at once when it still shows it, and not at all when it does not.
            await credential.shows("token", before, 1);
            shown = mark(before);
            return [outcomes[0], outcomes[1]] as [Outcome, Outcome];
        } finally {
            credential.delaySeconds = KUBELET_SECONDS;
            await deployment.configure({ disuseSeconds: DISUSE_SECONDS });
        }
    };

    before(async () => {
        await stage.sandbox.fleet.sender.running;
        oldest = (await stage.deployment.rotation()).current;
        labels = [stage.newLabel(), stage.newLabel()];
        seen = await watch(stage.sandbox, rotateTwice, () => stage.senderToken());
    });

    it("keep the generation the sender pushes with, with a warning", async () => {
        const [first, second] = labels;
        const said = diagnostics(seen.outcome[1])[STACK]?.join("\n") ?? "";
        assert.match(
            said,
            new RegExp(`^watching for ${PAUSE_SECONDS} s whether anybody uses ${oldest}$`, "m"),
        );
        assert.match(
            said,
            new RegExp(
                `^warning: generation ${oldest} stays accepted: receivers counted [1-9]\\d* requests with it in ${PAUSE_SECONDS} s$`,
                "m",
            ),
        );
        const { accepted, senders } = await stage.deployment.rotation();
        assert.deepEqual(accepted, [second, first, oldest]);
        assert.deepEqual(senders, { prometheus: second });
    });

    it("have the sender push with the oldest meanwhile, then with the newest", () => {
        assert.equal(shown, tokens[0]);
        assert.equal(seen.held[0], tokens[0]);
        assert.equal(seen.held.at(-1), tokens[2]);
    });

    it("have what its file holds accepted at every moment, and lose no sample", () => {
        assert.deepEqual(Object.keys(seen.verdicts), ["accepted: it answered 204"]);
        const { samplesSent } = seen.count;
        assert.ok(samplesSent > 10_000, `${samplesSent} samples prove little`);
        assert.deepEqual(seen.count, { samplesSent, samplesStored: samplesSent, samplesLost: 0 });
        assert.deepEqual(seen.changed, []);
    });
});
