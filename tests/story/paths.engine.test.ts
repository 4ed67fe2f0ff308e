// Another path for pushes, while a sender pushes to the former: it loads its new configuration
// when somebody tells it to, which nobody does here.
import assert from "node:assert/strict";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import { vmauth } from "../../kinds/receivers/vmauth.ts";
import { diagnostics, STACK } from "../support/deployment.ts";
import { RECEIVER_SECRET, type Stage, useSandbox } from "../support/fixture.ts";
import { Front } from "../support/front.ts";
import { type Observation, watch } from "../support/watch.ts";

const FORMER = "/api/v1/write";
const NEXT = `/tenant${FORMER}`;
const KEY = "prometheus-write-secret:receivers: vmauth: ";

async function openPaths(stage: Stage): Promise<readonly string[] | undefined> {
    return vmauth.pathsIn?.((await stage.secret(RECEIVER_SECRET)).files);
}

describe("another path to push to", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    /** A store that takes pushes below `/tenant`, too. */
    const front = new Front((path) => path.replace(/^\/tenant/, ""));
    let restore: string;
    let seen: Observation<{ moved: Outcome; rotated: Outcome; open: readonly unknown[] }>;

    before(async () => {
        const { deployment, sandbox } = stage;
        const upstream = await front.start(sandbox.fleet.store.url);
        await deployment.configure((text) => {
            restore = text;
            return text;
        });
        const work = async () => {
            await deployment.configure({
                "receivers.0.url": new URL(NEXT, sandbox.fleet.receiverUrl).href,
                "receivers.0.upstream": upstream,
            });
            const moved = await deployment.up();
            const open = [await openPaths(stage)];
            const rotated = await deployment.rotateTo(stage.newLabel());
            open.push(await openPaths(stage));
            return { moved, rotated, open };
        };
        seen = await watch(sandbox, work, () => stage.senderToken());
    });
    after(async () => {
        const { deployment } = stage;
        const { current } = await deployment.rotation();
        await deployment.configure(() =>
            restore.replace(/(write-secret:rotation: ).*/, `$1"${current}"`),
        );
        await deployment.up(); // it goes on to open what nobody closed
        await front.stop();
    });

    it("leaves the former one open, in the rotations after it too, and says how it is closed", () => {
        const { moved, rotated, open } = seen.outcome;
        assert.deepEqual(open, [
            [NEXT, FORMER],
            [NEXT, FORMER],
        ]);
        assert.deepEqual(diagnostics(moved)[STACK], [
            `warning: receivers: vmauth opens ${NEXT} and goes on to open ${FORMER}: once every sender has loaded its new ` +
                `configuration, close it: closedPaths: [${FORMER}]`,
            "warning: sender prometheus will lose what it has not pushed yet when it loads its new configuration, because " +
                "of its URL, which changed: do it while its queue is empty",
        ]);
        // Of generations it may say something: other suites left them.
        assert.ok(!rotated.output.includes("goes on to open"), rotated.output);
    });

    it("costs the sender that pushes to the former one nothing", () => {
        const { samplesSent } = seen.count;
        assert.ok(samplesSent > 10_000, `${samplesSent} samples prove little`);
        assert.deepEqual(seen.count, { samplesSent, samplesStored: samplesSent, samplesLost: 0 });
        assert.deepEqual(Object.keys(seen.verdicts), ["accepted: it answered 204"]);
        assert.deepEqual(seen.changed, []);
    });

    it("is proven where senders are to push, and on record", async () => {
        const { proven } = await stage.record();
        const { fleet } = stage.sandbox;
        assert.deepEqual(
            proven.map(({ url }) => url),
            [new URL(NEXT, fleet.receiverUrl).href],
        );
    });

    it("is closed when it is told to, not while a sender is recorded to push there", async () => {
        const { deployment, sandbox } = stage;
        const back = {
            "receivers.0.url": sandbox.fleet.receiverUrl,
            "receivers.0.closedPaths": [NEXT],
        };
        await deployment.configured(back, async () => {
            for (const command of ["preview", "up"]) {
                const refused = await deployment.run(
                    command,
                    ...(command === "up" ? ["--yes"] : []),
                );
                assert.notEqual(refused.exitCode, 0);
                assert.deepEqual(diagnostics(refused)[STACK], [
                    `error: ${KEY}closedPaths names ${NEXT}, where sender prometheus is recorded to push: take it out, run ` +
                        "pulumi up, and close it once that sender has loaded its new configuration",
                ]);
            }
        });
        await deployment.configure({ "receivers.0.url": sandbox.fleet.receiverUrl });
        await deployment.up();
        assert.deepEqual(await openPaths(stage), [FORMER, NEXT]);
        await deployment.configure({ "receivers.0.closedPaths": [NEXT] });
        await deployment.up();
        assert.deepEqual(await openPaths(stage), [FORMER]);
        await deployment.configure({ "receivers.0.closedPaths": undefined });
        assert.equal((await deployment.up()).changes, 0);
    });
});
