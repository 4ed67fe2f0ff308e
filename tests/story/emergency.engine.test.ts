// The command line for a leak, on a sender that learns of it late: samples may be lost, but no more
// than it scraped while it held the leaked generation.
import assert from "node:assert/strict";
import { probe } from "../../proof/probe.ts";
import { waitFor } from "../../sandbox/parts/process.ts";
import { now } from "../../sandbox/runs/measure.ts";
import { type CommandOutcome, mark } from "../support/deployment.ts";
import { type Stage, useSandbox } from "../support/fixture.ts";
import { type Observation, watch } from "../support/watch.ts";

const REASON = "token in a log";
// Longer than the command takes, however busy the machine; cut short once it is done
const LATE_SECONDS = 90;
const KUBELET_SECONDS = 0.2;
// 2000 series scraped twice a second, with those on the scrape itself
const SAMPLES_PER_SECOND = 4050;

describe("an emergency", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let leaked: string;
    let label: string;
    let token: string;
    let seen: Observation<CommandOutcome>;
    /** When the sender's Secret held another credential, in Unix seconds. */
    let changed: number;
    before(async () => {
        const { deployment, sandbox } = stage;
        const { credential } = sandbox.fleet.volumes;
        await sandbox.fleet.sender.running;
        leaked = (await deployment.rotation()).current;
        token = await stage.senderToken();
        label = stage.newLabel();
        let over = false;
        const change = async () => (over || (await stage.senderToken()) !== token) && now();
        const rotate = async () => {
            credential.delaySeconds = LATE_SECONDS;
            const changing = waitFor("another credential in the sender's Secret", change, {
                withinSeconds: 300,
                everySeconds: 0.1,
            });
            const args = [label, "--yes", "--emergency", REASON];
            const rotating = deployment.command("rotate", ...args).finally(() => {
                credential.delaySeconds = KUBELET_SECONDS;
                over = true;
            });
            [changed] = await Promise.all([changing, rotating]);
            return rotating;
        };
        seen = await watch(sandbox, rotate, () => stage.senderToken());
    });
    after(() => endEmergency(stage));

    it("is dealt with by one command, which says what it does to whom", () => {
        const { exitCode, output } = seen.outcome;
        assert.equal(exitCode, 0, output);
        assert.ok(output.includes(`First update: ${label} beside ${leaked}, senders switch`));
        assert.ok(
            output.includes(
                `emergency (${REASON}): once receivers accept ${label}, the next update makes them refuse ${leaked}, whoever uses it. prometheus use it now`,
            ),
            output,
        );
        assert.ok(
            output.includes(`\nReceivers refuse ${leaked}, for good. Commit Pulumi.dev.yaml`),
        );
    });

    it("ends with the leaked credential refused on the wire, and the new one accepted", async () => {
        const { fleet } = stage.sandbox;
        const present = await stage.senderToken();
        const answers = [token, present].map((one) => probe(fleet.receiverUrl, { token: one }));
        const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
        assert.deepEqual(kinds, ["refused", "accepted"]);
        assert.deepEqual(seen.held, [mark(token), mark(present)]);
        const { accepted } = await stage.deployment.rotation();
        assert.deepEqual(accepted, [label]);
    });

    it("is in the record, with its reason", async () => {
        const { generation, accepted, retired, emergency } = await stage.record();
        assert.deepEqual(
            { generation, accepted, retired, emergency },
            {
                generation: label,
                accepted: [label],
                retired: [leaked],
                emergency: { leaked, reason: REASON },
            },
        );
    });

    it("costs no more samples than were scraped until the sender had read the new one", () => {
        const { samplesSent, samplesLost } = seen.count;
        console.log(`        ${samplesLost} of ${samplesSent} samples were lost`);
        assert.ok(samplesLost >= 0);
        const late = seen.to - changed;
        assert.ok(samplesLost <= late * SAMPLES_PER_SECOND, `${samplesLost} were lost`);
        assert.ok(samplesLost < samplesSent);
    });
});

/** Leaves nothing to do for another up. */
async function endEmergency({ deployment }: Stage): Promise<void> {
    await deployment.configure({ emergency: undefined });
    await deployment.up();
}

/** How the command deals with what fails meanwhile, or failed before. */
const STORIES: Readonly<Record<string, (stage: Stage, label: string) => Promise<() => void>>> = {
    "while GitHub refuses the sealed file once": ({ sandbox: { github } }) =>
        Promise.resolve(github.fail({ method: "PUT", path: /\/dev\.yaml\.age/ }, { status: 422 })),
    "after a rotation that no receiver accepted in time": async (stage) => {
        const { deployment, sandbox } = stage;
        const { auth } = sandbox.fleet.volumes;
        auth.delaySeconds = 3600;
        const failed = stage.newLabel();
        await deployment.configure({ rotation: failed });
        try {
            const { exitCode, output } = await deployment.configured(
                { projectionLimitSeconds: 3 },
                () => deployment.tryUp(),
            );
            assert.notEqual(exitCode, 0);
            assert.match(output, /No sender was switched/);
        } finally {
            auth.delaySeconds = KUBELET_SECONDS;
        }
        return () => undefined;
    },
};

describe("an emergency, in spite of failures", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    beforeEach(() => stage.sandbox.fleet.sender.running);
    afterEach(() => stage.deployment.configure({ emergency: undefined }));
    after(() => endEmergency(stage));

    for (const [story, prepare] of Object.entries(STORIES)) {
        it(`has the credential senders use refused ${story}`, async () => {
            const { deployment, sandbox } = stage;
            const token = await stage.senderToken();
            const { current } = await deployment.rotation();
            const label = stage.newLabel();
            const undo = await prepare(stage, label);
            const command = () =>
                deployment.command("rotate", label, "--yes", "--emergency", REASON);
            const { exitCode, output } = await command().finally(undo);
            assert.equal(exitCode, 0, output);
            const { accepted } = await deployment.rotation();
            assert.ok(accepted.includes(label) && !accepted.includes(current), accepted.join());
            const { receiverUrl } = sandbox.fleet;
            const present = await stage.senderToken();
            const answers = [token, present].map((one) => probe(receiverUrl, { token: one }));
            const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
            assert.deepEqual(kinds, ["refused", "accepted"]);
        });
    }
});
