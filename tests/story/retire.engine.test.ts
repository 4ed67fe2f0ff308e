// Generations that are no longer accepted, against a receiver that counts for itself. It does not
// prove that a sender which pushes more rarely than every `disuseSeconds` is noticed.
import assert from "node:assert/strict";
import { probe } from "../../proof/probe.ts";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import {
    type Deployment,
    diagnostics,
    type Edit,
    PASSWORD,
    STACK,
    steps,
} from "../support/deployment.ts";
import { DISUSE_SECONDS, type Stage, useSandbox } from "../support/fixture.ts";
import { whilePushing } from "../support/watch.ts";

// Long enough for somebody on a busy machine to push meanwhile
const WATCH_SECONDS = 6;
const ERROR = "error: prometheus-write-secret:";
const WATCHING = `watching for ${WATCH_SECONDS} s whether anybody uses`;
const COUNTED = /receivers counted [1-9]\d* requests/;

/** Watches for longer, in the surrounding `describe`. */
function watchLonger(stage: Stage): void {
    before(() => stage.deployment.configure({ disuseSeconds: WATCH_SECONDS }));
    after(() => stage.deployment.configure({ disuseSeconds: DISUSE_SECONDS }));
}

/** The names of all generations' passwords in the state. */
async function passwords(deployment: Deployment): Promise<string[]> {
    const resources = await deployment.resources();
    const ours = resources.filter(
        ({ type, urn }) => type === PASSWORD && urn.includes(":WriteCredential$"),
    );
    return ours.map(({ urn }) => urn.split("::").at(-1) ?? "").sort();
}

/** Previews with another configuration, which must be refused in these words. */
async function mustRefuse({ deployment }: Stage, edit: Edit, says: string): Promise<void> {
    const outcome = await deployment.configured(edit, () => deployment.run("preview"));
    assert.notEqual(outcome.exitCode, 0);
    assert.deepEqual(diagnostics(outcome), { [STACK]: [says] });
}

function refusedForGood(label: string): string {
    return (
        `${ERROR}rotation names ${label}, which receivers were told to refuse for good: this configuration is older ` +
        "than the stack (get the newest one, as by git pull), or set rotation to a new label"
    );
}

/** What was said on the stack as a whole, with numbers of requests taken out. */
function said(outcome: Outcome): readonly string[] {
    return (diagnostics(outcome)[STACK] ?? []).map((line) =>
        line.replace(COUNTED, "receivers counted N requests"),
    );
}

describe("a generation that somebody unknown still uses", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    watchLonger(stage);
    let accepted: readonly string[];
    let current: string;
    let former: string;
    let label: string;
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        await stage.ensureOverlap();
        ({ accepted } = await stage.deployment.rotation());
        [current = "", former = ""] = accepted;
    });

    it("is kept by a rotation, with a warning", async () => {
        const token = (await stage.acceptedTokens()).get(former) ?? "";
        label = stage.newLabel();
        const outcome = await whilePushing(stage.sandbox, token, () =>
            stage.deployment.rotateTo(label),
        );
        assert.deepEqual(said(outcome), [
            `${WATCHING} ${accepted.slice(1).join(", ")}`,
            `warning: generation ${former} stays accepted: receivers counted N requests with it in ${WATCH_SECONDS} s`,
        ]);
        const kept = [label, current, former];
        assert.deepEqual((await stage.deployment.rotation()).accepted, kept);
        assert.deepEqual([...(await stage.acceptedTokens()).keys()], kept);
    });

    it("is dropped by the next, with the one after it", async () => {
        await stage.senderFollowed();
        const next = stage.newLabel();
        const outcome = await stage.deployment.rotateTo(next);
        assert.deepEqual(diagnostics(outcome), {
            [STACK]: [`${WATCHING} ${current}, ${former}`],
        });
        const kept = [next, label];
        assert.deepEqual((await stage.deployment.rotation()).accepted, kept);
        assert.deepEqual([...(await stage.acceptedTokens()).keys()], kept);
    });
});

describe("retiring", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    watchLonger(stage);
    let current: string;
    let label: string;
    let token: string;
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        await stage.ensureOverlap();
        [current = "", label = ""] = (await stage.deployment.rotation()).accepted;
        token = (await stage.acceptedTokens()).get(label) ?? "";
        assert.ok(label && token);
    });

    it("is refused in preview for the generation a sender uses", async () => {
        await mustRefuse(
            stage,
            { rotation: stage.newLabel(), retired: [current] },
            `${ERROR}retired names ${current}, which sender prometheus uses: rotate to another label first, and retire this one in a later update`,
        );
    });

    it("is refused while the receiver counts requests with it", async () => {
        const present = await stage.snapshot();
        const { deployment, sandbox } = stage;
        const outcome = await deployment.configured({ retired: [label] }, () =>
            whilePushing(sandbox, token, () => deployment.tryUp()),
        );
        assert.notEqual(outcome.exitCode, 0);
        assert.deepEqual(said(outcome), [
            `${WATCHING} ${label}`,
            `error: prometheus-write-secret:retired names ${label}, but receivers counted N requests with it in ${WATCH_SECONDS} s: find who uses it, or set retireWithoutProof`,
        ]);
        assert.deepEqual(await stage.snapshot(), present);
    });

    it("is done by the command once nobody uses it", async () => {
        const { exitCode, output } = await stage.deployment.command("retire", label, "--yes");
        assert.equal(exitCode, 0, output);
        const lines = output.split("\n").map((line) => line.trim());
        // Its preview
        assert.ok(lines.includes(`pulumi up ${WATCHING.replace("watching", "watches")} ${label}`));
        assert.ok(lines.includes(`› ${WATCHING} ${label}`), output);
        assert.deepEqual(await stage.deployment.rotation(), {
            current,
            accepted: [current],
            senders: { prometheus: current },
        });
        assert.deepEqual([...(await stage.acceptedTokens()).keys()], [current]);
    });

    it("has the receiver refuse it on the wire, and says so in the record", async () => {
        const { kind } = await probe(stage.sandbox.fleet.receiverUrl, { token });
        assert.equal(kind, "refused");
        const { accepted, retired } = await stage.record();
        assert.deepEqual({ accepted, retired }, { accepted: [current], retired: [label] });
    });

    it("keeps its password, and leaves nothing to do for another up", async () => {
        const kept = [`write-${current}`, `write-${label}`].sort();
        assert.deepEqual(await passwords(stage.deployment), kept);
        assert.equal((await stage.deployment.up()).changes, 0);
    });

    it("refuses to go back to it", async () => {
        await mustRefuse(stage, { rotation: label }, refusedForGood(label));
    });

    it("lets go of its password once it is not named any more, and of nothing else", async () => {
        await stage.deployment.configure({ retired: undefined });
        const outcome = await stage.deployment.up();
        assert.deepEqual(steps(outcome, PASSWORD), ["delete"]);
        assert.deepEqual(await passwords(stage.deployment), [`write-${current}`]);
    });

    it("refuses its label from then on", async () => {
        await mustRefuse(stage, { rotation: label }, refusedForGood(label));
    });
});
