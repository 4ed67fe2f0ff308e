import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describeRotation, type Proof } from "../../rotation/record.ts";
import { NOTHING, receiverSettings } from "../support/fleet.ts";
import { TOKEN, conclude, pass, type Passage } from "../support/gates.ts";
import { LocalReceiver } from "../support/localReceiver.ts";

const STEPS =
    "No sender was switched. Mend the receiver and run pulumi up again, " +
    "or go back: pulumi config set rotation 2026 && pulumi up";

/** Why a hook held something back. */
function reasonOf({ outcomes: [outcome] }: Passage): string {
    assert.equal(outcome?.status, "rejected");
    assert.ok(outcome.reason instanceof Error);
    assert.ok(!inspect(outcome.reason, { depth: Infinity }).includes(TOKEN), "tells the token");
    return outcome.reason.message;
}

/** The proofs, each made within the minute, without its time. */
function untimed(proofs: readonly Proof[]): readonly object[] {
    return proofs.map(({ at, ...proof }) => {
        assert.ok(Date.now() - Date.parse(at) < 60_000, `made at ${at}`);
        assert.equal(new Date(at).toISOString(), at);
        return proof;
    });
}

/** The record of an earlier rotation. */
const RECORD = describeRotation({
    ...{ organization: "acme", project: "prometheus-write-secret", stack: "dev" },
    plan: { current: "2026", accepted: ["2026"], retired: [], revision: 1 },
    previous: undefined,
    senders: ["agent"],
    emergency: undefined,
    sealed: { "dev.yaml.age": "" },
    proven: [],
    now: new Date("2026-11-21T10:00:00Z"),
});

const PASSED = { status: "fulfilled", value: undefined } as const;

describe("Gate, of what it proved", () => {
    let east: LocalReceiver;

    beforeEach(async () => {
        east = new LocalReceiver();
        await east.start();
        east.answer = (token) => (token === TOKEN ? 204 : 401);
    });
    afterEach(() => east.stop());

    it("tells the proof at each URL of each receiver", async () => {
        const probeUrls = [east.url, `${east.url}?replica=2`];
        const { proofs } = await pass({ receivers: [receiverSettings({ probeUrls })] });
        assert.deepEqual(
            untimed(proofs),
            probeUrls.map((url) => ({ receiver: "east", url, how: "probe" })),
        );
    });

    it("tells nothing when no sender was to change", async () => {
        const receivers = [receiverSettings({ probeUrls: [east.url] })];
        assert.deepEqual((await pass({ receivers }, [])).proofs, []);
        assert.deepEqual(east.asked, []);
    });

    it("asks on as many connections as configured", async () => {
        const receivers = [receiverSettings({ probeUrls: [east.url], connections: 4 })];
        await pass({ receivers });
        assert.equal(east.asked.filter((token) => token === TOKEN).length, 4);
    });

    it("reads back a sample where it can be queried", async () => {
        const { url, queryUrl } = east;
        const receivers = [receiverSettings({ probeUrls: [url], queryUrl })];
        const { outcomes, proofs } = await pass({ receivers });
        assert.deepEqual(outcomes, [PASSED, PASSED]);
        assert.deepEqual(untimed(proofs), [{ receiver: "east", url, how: "probe and canary" }]);
        assert.equal(east.stored.length, 1);
    });

    it("holds back from a receiver that accepts and does not store", async () => {
        const { url, queryUrl } = east;
        const answers = [204, 500];
        east.answer = (token) => (token === TOKEN ? (answers.shift() ?? 500) : 401);
        const passage = await pass({
            receivers: [receiverSettings({ probeUrls: [url], queryUrl })],
        });
        assert.equal(
            reasonOf(passage),
            "receiver east does not store what it accepts: " +
                `the canary was not taken: it answered 500 at ${url}. ${STEPS}`,
        );
        assert.deepEqual(passage.proofs, []);
    });

    it("lets a first sender through to a receiver that is down, with a warning", async () => {
        await east.stop();
        const { url } = east;
        const receivers = [receiverSettings({ probeUrls: [url] })];
        const { outcomes, proofs, said } = await pass({ receivers, recorded: NOTHING });
        assert.deepEqual(outcomes, [PASSED, PASSED]);
        assert.deepEqual(untimed(proofs), [{ receiver: "east", url, how: "unproven" }]);
        assert.deepEqual(said, [
            `warning: receiver east is not proven: it cannot be reached (ECONNREFUSED) at ${url}. ` +
                "No sender pushes yet; the next update proves it",
        ]);
    });

    it("holds back from it where a sender's Secret is gone, but a rotation is on record", async () => {
        await east.stop();
        const { url } = east;
        const receivers = [receiverSettings({ probeUrls: [url] })];
        const passage = await pass({ receivers, recorded: { ...NOTHING, record: RECORD } });
        assert.equal(
            reasonOf(passage),
            "receiver east does not accept generation 2027 within 1 s: " +
                `it cannot be reached (ECONNREFUSED) at ${url}. No sender was switched. ` +
                "Mend the receiver and run pulumi up again",
        );
    });
});

describe("Gate, of the conclusion", () => {
    let east: LocalReceiver;
    const FORMER = "the-former-one-that-must-not-be-told";
    const retired = [{ label: "2026", value: FORMER }];

    beforeEach(async () => {
        east = new LocalReceiver();
        await east.start();
        east.answer = (token) => (token === TOKEN ? 204 : 401);
    });
    afterEach(() => east.stop());

    it("asks nobody when nothing is retired", async () => {
        const receivers = [receiverSettings({ probeUrls: [east.url] })];
        assert.deepEqual((await conclude({ receivers }, [])).outcomes, [PASSED]);
        assert.deepEqual(east.asked, []);
    });

    it("lets the record through when every receiver refuses what is retired", async () => {
        const receivers = [receiverSettings({ probeUrls: [east.url, east.url], connections: 2 })];
        assert.deepEqual((await conclude({ receivers }, retired)).outcomes, [PASSED]);
        assert.deepEqual(
            east.asked.sort(),
            [FORMER, FORMER, FORMER, FORMER, TOKEN, TOKEN, TOKEN, TOKEN].sort(),
        );
    });

    it("holds the record back from what refuses everybody, as a firewall does", async () => {
        east.answer = () => 403;
        const receivers = [receiverSettings({ probeUrls: [east.url] })];
        assert.equal(
            reasonOf(await conclude({ receivers }, retired)),
            "that receiver east refuses retired generation 2026 proves nothing, as it does not accept 2027 either: " +
                `it answered 403 at ${east.url}. Mend what is named and run pulumi up again`,
        );
    });

    it("holds the record back from a receiver that accepts what is retired", async () => {
        east.answer = () => 204;
        const receivers = [receiverSettings({ probeUrls: [east.url] })];
        assert.equal(
            reasonOf(await conclude({ receivers }, retired)),
            "receiver east does not refuse retired generation 2026 within 1 s: " +
                `it answered 204 at ${east.url}. Mend what is named and run pulumi up again`,
        );
    });

    it("holds the record back from a receiver that is down", async () => {
        await east.stop();
        const receivers = [receiverSettings({ probeUrls: [east.url] })];
        assert.equal(
            reasonOf(await conclude({ receivers }, retired)),
            "receiver east does not refuse retired generation 2026 within 1 s: " +
                `it cannot be reached (ECONNREFUSED) at ${east.url}. ` +
                "Mend what is named and run pulumi up again",
        );
    });

    it("names each receiver that does not refuse it", async () => {
        const west = new LocalReceiver();
        await west.start();
        west.answer = () => 204;
        east.answer = () => 204;
        const receivers = ["east", "west"].map((name) =>
            receiverSettings({ name, probeUrls: [(name === "east" ? east : west).url] }),
        );
        const reason = reasonOf(await conclude({ receivers }, retired));
        await west.stop();
        for (const name of ["east", "west"])
            assert.ok(reason.includes(`receiver ${name} does not refuse`), reason);
    });
});
