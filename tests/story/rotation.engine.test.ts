// One story on one stack, with real parts: an engine, an API server, vmauth and two Prometheus
// servers. It does not prove how GitHub behaves, which is emulated, nor a kubelet, which here needs
// 0.2 s instead of up to 90.
import assert from "node:assert/strict";
import { execa } from "execa";
import { probe } from "../../proof/probe.ts";
import { firstDelivery } from "../../sandbox/runs/measure.ts";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import { FROM } from "../../sandbox/runs/rotation.ts";
import {
    CONFIG_MAP,
    diagnostics,
    FILE,
    mark,
    PASSWORD,
    type Rotation,
    SECRET,
    STACK,
    steps,
} from "../support/deployment.ts";
import {
    DISUSE_SECONDS,
    RECEIVER_SECRET,
    RECORD_FILE,
    SIGNATURE_FILE,
    REPOSITORY,
    SEALED_FILE,
    SENDER_SECRET,
    type Stage,
    useSandbox,
} from "../support/fixture.ts";
import { type Observation, watch } from "../support/watch.ts";

/** What stands between two updates. */
async function stateOf(stage: Stage) {
    const sender = await stage.secret(SENDER_SECRET);
    const receiver = await stage.secret(RECEIVER_SECRET);
    const tokens = await stage.acceptedTokens();
    const { github } = stage.sandbox;
    return {
        rotation: await stage.deployment.rotation(),
        /** What the sender pushes with. Secret, so assert on its mark. */
        token: sender.files["token"] ?? "",
        /** What the receiver accepts, by label. Secret. */
        tokens,
        /** The labels the receiver accepts, with the marks of their credentials. */
        accepted: [...tokens].map(([label, token]) => [label, mark(token)]),
        uids: [sender.uid, receiver.uid],
        commits: await github.commits(REPOSITORY, SEALED_FILE),
        records: await github.commits(REPOSITORY, RECORD_FILE),
    };
}

type State = Awaited<ReturnType<typeof stateOf>>;

/** When steps on resources began and ended, as places in the engine's report. */
function order({ events }: Outcome, type: string, name: string) {
    const at = (kind: "resourcePreEvent" | "resOutputsEvent") =>
        events.findIndex((event) => {
            const metadata = event[kind]?.metadata;
            if (metadata?.op === "refresh") return false;
            return metadata?.type === type && metadata.urn.endsWith(`::${name}`);
        });
    return { began: at("resourcePreEvent"), ended: at("resOutputsEvent") };
}

describe("the first up", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    it("makes one generation, accepted and in use", () => {
        const { outcome, rotation } = stage.firstUp;
        assert.deepEqual(rotation, {
            current: FROM,
            accepted: [FROM],
            senders: { prometheus: FROM },
        } satisfies Rotation);
        assert.deepEqual(
            [PASSWORD, FILE, SECRET, CONFIG_MAP].map((type) => steps(outcome, type)),
            [
                ["create", "create"], // the other is the key that records are signed with
                ["create", "create", "create"],
                ["create", "create"],
                ["create"],
            ],
        );
    });

    it("writes the mirror once, and then the record and its signature", () => {
        const writes = stage.firstUp.requests.filter(({ method }) => method === "PUT");
        const contents = `/repos/sandbox/${REPOSITORY}/contents`;
        assert.deepEqual(writes, [
            { method: "PUT", path: `${contents}/${SEALED_FILE}`, status: 201 },
            { method: "PUT", path: `${contents}/${RECORD_FILE}`, status: 201 },
            { method: "PUT", path: `${contents}/${SIGNATURE_FILE}`, status: 201 },
        ]);
    });

    it("is done by an identity that may touch Secrets and ConfigMaps of one namespace", async () => {
        const { engine, tools } = stage.sandbox;
        const ask = async (...args: string[]) => {
            const options = { env: engine.environment, reject: false } as const;
            return (await execa(tools.kubectl.path, ["auth", ...args], options)).stdout.trim();
        };
        const name = await ask("whoami", "--output=jsonpath={.status.userInfo.username}");
        assert.equal(name, "deployer");
        assert.equal(await ask("can-i", "patch", "secrets"), "yes");
        assert.equal(await ask("can-i", "get", "secrets", "--namespace=default"), "no");
        assert.equal(await ask("can-i", "create", "pods"), "no");
    });

    it("lets the sender start, and its samples arrive", async () => {
        const { fleet } = stage.sandbox;
        await fleet.sender.running;
        await firstDelivery([fleet.store.url]);
    });

    it("leaves nothing to do for another", async () => {
        const before = await stage.snapshot();
        const { length } = stage.sandbox.github.requests;
        assert.equal((await stage.deployment.up()).changes, 0);
        assert.deepEqual(await stage.snapshot(), before);
        const requests = stage.sandbox.github.requests.slice(length);
        assert.deepEqual([...new Set(requests.map(({ method }) => method))], ["GET"]);
    });

    it("leaves nothing to do for a preview, also one that looks at what is there", async () => {
        await stage.deployment.must("preview", "--expect-no-changes");
        await stage.deployment.must("preview", "--expect-no-changes", "--refresh");
    });
});

describe("a rotation", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let former: State;
    let present: State;
    let seen: Observation<Outcome>;
    let label: string;
    before(async () => {
        former = await stateOf(stage);
        label = stage.newLabel();
        seen = await watch(
            stage.sandbox,
            () => stage.deployment.rotateTo(label),
            () => stage.senderToken(),
        );
        present = await stateOf(stage);
    });

    it("gives the sender a new credential, and keeps the former one accepted", () => {
        const { current } = former.rotation;
        assert.deepEqual(present.rotation, {
            current: label,
            accepted: [label, current],
            senders: { prometheus: label },
        } satisfies Rotation);
        assert.deepEqual(present.accepted, [
            [label, mark(present.token)],
            [current, mark(former.token)],
        ]);
    });

    it("has the credential the sender holds accepted at every moment", () => {
        assert.deepEqual(Object.keys(seen.verdicts), ["accepted: it answered 204"]);
        assert.deepEqual(seen.held, [former.token, present.token].map(mark));
        const [asked = 0] = Object.values(seen.verdicts);
        assert.ok(asked > 50, `looked ${asked} times only`);
    });

    it("loses no sample", () => {
        const { samplesSent } = seen.count;
        assert.ok(samplesSent > 10_000, `${samplesSent} samples prove little`);
        assert.deepEqual(seen.count, { samplesSent, samplesStored: samplesSent, samplesLost: 0 });
    });

    it("restarts nothing, reloads nothing and has no push refused", () => {
        assert.deepEqual(seen.changed, []);
    });

    it("changes Secrets in place", () => {
        assert.deepEqual(present.uids, former.uids);
        assert.deepEqual(steps(seen.outcome, SECRET), ["update", "update"]);
        assert.deepEqual(steps(seen.outcome, CONFIG_MAP), []);
    });

    it("goes from the mirror to the receiver to the sender to the record", () => {
        const mirror = order(seen.outcome, FILE, "mirror");
        const receiver = order(seen.outcome, SECRET, "vmauth");
        const sender = order(seen.outcome, SECRET, "prometheus");
        const record = order(seen.outcome, FILE, "record");
        const places = [
            ...[mirror.began, mirror.ended],
            ...[receiver.began, receiver.ended],
            ...[sender.began, sender.ended],
            ...[record.began, record.ended],
        ];
        assert.ok(mirror.began >= 0);
        assert.deepEqual(
            places,
            places.toSorted((a, b) => a - b),
        );
    });

    it("commits once each, saying which stack goes to which generations", () => {
        assert.deepEqual(present.commits.slice(1), former.commits);
        assert.equal(
            present.commits[0]?.message,
            `Rotate dev to ${label} (accepted: ${label}, ${former.rotation.current})`,
        );
        assert.deepEqual(present.records.slice(1), former.records);
        assert.equal(present.records[0]?.message, `Record dev at ${label}`);
    });

    it("leaves nothing to do for another up", async () => {
        const snapshot = await stage.snapshot();
        assert.equal((await stage.deployment.up()).changes, 0);
        assert.deepEqual(await stage.snapshot(), snapshot);
    });
});

describe("setting the former label", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let former: State;
    let present: State;
    let seen: Observation<Outcome>;
    let label: string;
    before(async () => {
        await stage.ensureOverlap();
        former = await stateOf(stage);
        [, label = ""] = former.rotation.accepted;
        seen = await watch(
            stage.sandbox,
            () => stage.deployment.rotateTo(label),
            () => stage.senderToken(),
        );
        present = await stateOf(stage);
    });

    it("takes the sender back to the former credential, and keeps the other accepted", () => {
        assert.deepEqual(present.rotation, {
            current: label,
            accepted: [label, former.rotation.current],
            senders: { prometheus: label },
        } satisfies Rotation);
        assert.deepEqual(present.accepted, former.accepted.toReversed());
        assert.deepEqual(seen.held, [former.token, present.token].map(mark));
    });

    it("generates nothing and commits the record alone", () => {
        assert.deepEqual(steps(seen.outcome, PASSWORD), []);
        assert.deepEqual(present.commits, former.commits);
        assert.deepEqual(present.records.slice(1), former.records);
        assert.equal(present.records[0]?.message, `Record dev at ${label}`);
    });

    it("has the credential the sender holds accepted at every moment, and loses no sample", () => {
        assert.deepEqual(Object.keys(seen.verdicts), ["accepted: it answered 204"]);
        assert.equal(seen.count.samplesLost, 0);
        assert.deepEqual(seen.changed, []);
    });
});

describe("the rotation after", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let former: State;
    let present: State;
    let label: string;
    let outcome: Outcome;
    before(async () => {
        await stage.ensureOverlap();
        former = await stateOf(stage);
        label = stage.newLabel();
        outcome = await stage.deployment.rotateTo(label);
        present = await stateOf(stage);
    });

    it("watches first whether anybody uses the one before, and says so", () => {
        const [, before = ""] = former.rotation.accepted;
        assert.deepEqual(diagnostics(outcome), {
            [STACK]: [`watching for ${DISUSE_SECONDS} s whether anybody uses ${before}`],
        });
    });

    it("keeps the one in use accepted, and drops the one before", () => {
        const { current } = former.rotation;
        assert.deepEqual(present.rotation.accepted, [label, current]);
        assert.deepEqual(present.accepted, [
            [label, mark(present.token)],
            [current, mark(former.token)],
        ]);
        assert.deepEqual(steps(outcome, PASSWORD).toSorted(), ["create", "delete"]);
    });

    it("has the receiver refuse the dropped credential on the wire, and accept the others", async () => {
        const { fleet } = stage.sandbox;
        const [, dropped = ""] = former.rotation.accepted;
        const answers = [former.tokens.get(dropped), former.token, present.token].map((token) =>
            probe(fleet.receiverUrl, { token }),
        );
        const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
        assert.deepEqual(kinds, ["refused", "accepted", "accepted"]);
    });
});
