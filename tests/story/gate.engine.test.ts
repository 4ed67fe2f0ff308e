// The gate, with receivers that do not come along: mirror and receivers' Secrets have changed by
// then, senders must not.
import assert from "node:assert/strict";
import { probe } from "../../proof/probe.ts";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import { answering, passingOn } from "../support/answering.ts";
import { diagnostics, mark, PASSWORD, STACK, steps } from "../support/deployment.ts";
import {
    DISUSE_SECONDS,
    type LiveSecret,
    RECEIVER_SECRET,
    REPOSITORY,
    SEALED_FILE,
    SENDER_SECRET,
    type Stage,
    useSandbox,
} from "../support/fixture.ts";

const LIMIT_SECONDS = 3; // a vmauth takes 2.7 s to refuse
const AN_HOUR = 3600;

/**
 * All that `pulumi up` says when the gate stays shut; `watched` are the generations it first saw
 * that nobody uses.
 */
function shut(
    reason: string,
    former: string,
    watched: readonly string[] = [],
): ReturnType<typeof diagnostics> {
    const line = `watching for ${DISUSE_SECONDS} s whether anybody uses ${watched.join(", ")}`;
    const next = `Mend the receiver and run pulumi up again, or go back: pulumi config set rotation ${former} && pulumi up`;
    return {
        "kubernetes:core/v1:Secret (prometheus)": [
            `error: before hook "gate-prometheus" failed: ${reason}. No sender was switched. ${next}`,
        ],
        [STACK]: [...(watched.length === 0 ? [] : [line]), "error: update failed"],
    };
}

/** Runs an update with a receiver that is proven at the given URLs instead of its own. */
async function upProvingAt({ deployment }: Stage, ...urls: string[]): Promise<Outcome> {
    const edit = { "receivers.0.probeUrls": urls, projectionLimitSeconds: LIMIT_SECONDS };
    return deployment.configured(edit, () => deployment.tryUp());
}

describe("a receiver that does not follow its Secret", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let former: string;
    let others: readonly string[];
    let label: string;
    let commits: number;
    let sender: LiveSecret;
    let outcome: Outcome;
    before(async () => {
        const { fleet, github } = stage.sandbox;
        await fleet.sender.running;
        [former = "", ...others] = (await stage.deployment.rotation()).accepted;
        sender = await stage.secret(SENDER_SECRET);
        commits = (await github.commits(REPOSITORY, SEALED_FILE)).length;
        label = stage.newLabel();
        fleet.volumes.auth.delaySeconds = AN_HOUR;
        await stage.deployment.must("config", "set", "rotation", label);
        outcome = await upProvingAt(stage, fleet.receiverUrl);
    });
    after(() => {
        stage.sandbox.fleet.volumes.auth.delaySeconds = 0.2;
    });

    it("fails the update, which says what to do next", () => {
        const { receiverUrl } = stage.sandbox.fleet;
        assert.notEqual(outcome.exitCode, 0);
        const reason = `receiver vmauth does not accept generation ${label} within ${LIMIT_SECONDS} s: it answered 401 at ${receiverUrl}`;
        assert.deepEqual(diagnostics(outcome), shut(reason, former, others));
    });

    it("has the stack's output name the generation the sender has, and status the one it lacks", async () => {
        const { senders } = await stage.deployment.rotation();
        assert.deepEqual(senders, { prometheus: former });
        const { exitCode, output } = await stage.deployment.command("status");
        assert.equal(exitCode, 3, output);
        const told = output
            .replace(/(?<=due on )\d{4}(-\d\d){2}$/m, "<day>")
            .replace(/\d{4}(-\d\d){2}T\d\d:\d\dZ$/m, "<then>");
        assert.deepEqual(told.split("\n"), [
            `keeper      ${label}`,
            `in use      ${former}`,
            `accepted    ${label}, ${former}`,
            "age         0 days; the next rotation is due on <day>",
            `receiver    vmauth accepts ${label}, ${former}; probe and canary, <then>`,
            `sender      prometheus uses ${former}`,
            `unfinished  the rotation to ${label} is not finished: run pulumi up, or go back`,
        ]);
    });

    it("leaves the sender with a credential that is accepted", async () => {
        const { uid, resourceVersion, files } = await stage.secret(SENDER_SECRET);
        assert.deepEqual([uid, resourceVersion], [sender.uid, sender.resourceVersion]);
        const { kind } = await probe(stage.sandbox.fleet.receiverUrl, { token: files["token"] });
        assert.equal(kind, "accepted");
    });

    it("comes after the mirror and the receiver's Secret", async () => {
        const { github } = stage.sandbox;
        assert.equal((await github.commits(REPOSITORY, SEALED_FILE)).length, commits + 1);
        const { annotations } = await stage.secret(RECEIVER_SECRET);
        const accepted = annotations["prometheus-write-secret/accepted"]?.split(",");
        assert.deepEqual(accepted?.slice(0, 2), [label, former]);
    });

    it("does not stand in the way of going back, as the update says", async () => {
        const back = await stage.deployment.rotateTo(former);
        // The failed update may have left a dropped one to be deleted; none is made.
        assert.ok(!steps(back, PASSWORD).includes("create"));
        const { current, senders } = await stage.deployment.rotation();
        assert.deepEqual(
            { current, senders },
            { current: former, senders: { prometheus: former } },
        );
        assert.equal(mark(await stage.senderToken()), mark(sender.files["token"]));
    });
});

describe("a receiver that proves nothing", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let former: string;
    let others: readonly string[];
    let label: string;
    let sender: LiveSecret;
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        [former = "", ...others] = (await stage.deployment.rotation()).accepted;
        sender = await stage.secret(SENDER_SECRET);
        label = stage.newLabel();
        await stage.deployment.must("config", "set", "rotation", label);
    });

    it("keeps the gate shut when it refuses everything", async () => {
        const { url, ...receiver } = await answering(() => 401);
        const outcome = await upProvingAt(stage, url).finally(() => receiver.stop());
        assert.notEqual(outcome.exitCode, 0);
        const reason = `receiver vmauth does not accept generation ${label} within ${LIMIT_SECONDS} s: it answered 401 at ${url}`;
        assert.deepEqual(diagnostics(outcome), shut(reason, former, others));
    });

    it("keeps the gate shut when it accepts any credential", async () => {
        const { url, ...receiver } = await answering((token) => (token === undefined ? 401 : 204));
        const outcome = await upProvingAt(stage, url).finally(() => receiver.stop());
        assert.notEqual(outcome.exitCode, 0);
        const reason = `receiver vmauth does not refuse a made-up credential: it answered 204 at ${url}`;
        assert.deepEqual(diagnostics(outcome), shut(reason, former));
    });

    it("keeps the gate shut when one of three of its addresses refuses, and names that one", async () => {
        const { receiverUrl } = stage.sandbox.fleet;
        const fronts = await Promise.all([
            passingOn(receiverUrl),
            answering(() => 401),
            passingOn(receiverUrl),
        ]);
        const urls = fronts.map(({ url }) => url);
        const outcome = await upProvingAt(stage, ...urls).finally(() =>
            Promise.all(fronts.map((front) => front.stop())),
        );
        assert.notEqual(outcome.exitCode, 0);
        const reason = `receiver vmauth does not accept generation ${label} within ${LIMIT_SECONDS} s: it answered 401 at ${urls[1] ?? ""}`;
        assert.deepEqual(diagnostics(outcome), shut(reason, former));
    });

    it("leaves the sender's Secret alone each time, and the stack's output naming it", async () => {
        const { resourceVersion } = await stage.secret(SENDER_SECRET);
        assert.equal(resourceVersion, sender.resourceVersion);
        const { senders } = await stage.deployment.rotation();
        assert.deepEqual(senders, { prometheus: former });
    });

    it("once mended, lets the next up finish the rotation", async () => {
        const outcome = await stage.deployment.up();
        assert.deepEqual(
            steps(outcome, PASSWORD).filter((step) => step === "create"),
            [],
        );
        const { current, senders } = await stage.deployment.rotation();
        assert.deepEqual({ current, senders }, { current: label, senders: { prometheus: label } });
        assert.notEqual(mark(await stage.senderToken()), mark(sender.files["token"]));
        await stage.deployment.must("preview", "--expect-no-changes");
    });
});
