// What is on record of a rotation, in the repository and in what the status command tells from the
// state.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import packageJson from "../../package.json" with { type: "json" };
import { sha256 } from "../../rotation/digest.ts";
import type { AuditLine } from "../../rotation/audit.ts";
import type { Status } from "../../rotation/status.ts";
import {
    RECORD_FILE,
    REPOSITORY,
    SEALED_FILE,
    SENDER_SECRET,
    SIGNATURE_FILE,
    type Stage,
    useSandbox,
} from "../support/fixture.ts";
import { Audited } from "../support/audited.ts";
import { provideOpenSsh } from "../support/hosts/openSsh.ts";

const REVISION = "prometheus-write-secret/revision";

describe("the record of a rotation", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let previous: string;
    let label: string;
    let audited: Audited;
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        previous = (await stage.deployment.rotation()).current;
        label = stage.newLabel();
        audited = new Audited(stage, "record");
        await audited.deployment.rotateTo(label);
    });

    it("is told to the audit as it goes on: each operation once, in their order", async () => {
        const { by } = await stage.record();
        const lines = audited.read();
        const url = stage.sandbox.fleet.receiverUrl;
        const told = ({ operation, where }: AuditLine) => [operation, where];
        assert.deepEqual(lines.filter(({ generation }) => generation === label).map(told), [
            ["made", "the stack's state"],
            ["mirrored", SEALED_FILE],
            ["accepted", "receiver vmauth"],
            ["proven", `receiver vmauth at ${url}`],
            ["switched", "sender prometheus"],
        ]);
        // What nobody used any more is dropped by the same update.
        const others = lines.filter(({ generation }) => generation !== label);
        assert.ok(others.every(({ operation }) => operation === "retired"));
        const stack = "organization/prometheus-write-secret/dev";
        for (const line of lines) {
            assert.deepEqual([line.by, line.stack, line.outcome], [by, stack, "done"]);
        }
    });

    it("is told nothing of by a preview, nor by an update that changes nothing", async () => {
        const preview = () => audited.deployment.must("preview");
        await audited.deployment.configured({ rotation: stage.newLabel() }, preview);
        assert.equal((await audited.deployment.up()).changes, 0);
        assert.deepEqual(audited.brief(), []);
    });

    it("says which generation took over from which, and where it was proven", async () => {
        const { finished, since, by, sealedSha256, proven, ...record } = await stage.record();
        const { annotations } = await stage.secret(SENDER_SECRET);
        assert.deepEqual(record, {
            format: 1,
            stack: "dev",
            project: "prometheus-write-secret",
            organization: "organization",
            generation: label,
            previous,
            accepted: (await stage.deployment.rotation()).accepted,
            retired: [],
            revision: Number(annotations[REVISION]),
            senders: ["prometheus"],
            program: packageJson.version,
        });
        const url = stage.sandbox.fleet.receiverUrl;
        assert.deepEqual(
            proven.map(({ at, ...proof }) => ({ ...proof, before: at <= finished })),
            [{ receiver: "vmauth", url, how: "probe and canary", before: true }],
        );
        assert.equal(since?.[label], finished);
        assert.ok((since[previous] ?? "") < finished);
        assert.ok(by.length > 0);
        assert.match(sealedSha256, /^[0-9a-f]{64}$/);
    });

    it("has the digest of the sealed file beside it", async () => {
        const sealed = (await stage.sandbox.github.file(REPOSITORY, SEALED_FILE)) ?? "";
        assert.equal((await stage.record()).sealedSha256, sha256(sealed));
    });

    it("has it still after going back, which writes no sealed file", async () => {
        await audited.deployment.rotateTo(previous);
        assert.deepEqual(audited.brief(), [
            `proven | ${previous} | receiver vmauth at ${stage.sandbox.fleet.receiverUrl} | done`,
            `switched | ${previous} | sender prometheus | done`,
        ]);
        const sealed = (await stage.sandbox.github.file(REPOSITORY, SEALED_FILE)) ?? "";
        const record = await stage.record();
        assert.equal(record.sealedSha256, sha256(sealed));
        assert.deepEqual([record.generation, record.previous], [previous, label]);
    });

    it("is signed: ssh-keygen verifies it with the stack's output", async () => {
        assert.match(
            await verify(stage),
            /^Good "prometheus-write-secret" signature for dev with /,
        );
    });

    it("is left alone by another up, its signature too", async () => {
        const before = await stage.snapshot();
        assert.equal((await stage.deployment.up()).changes, 0);
        assert.deepEqual(await stage.snapshot(), before);
    });

    it("is what npm run recover goes by, with that output and the private key", async () => {
        const { output } = await stage.deployment.must("stack", "output", "verificationKey");
        const recovered = await audited.deployment.command(
            ...["recover", "--github", `sandbox/${REPOSITORY}`, "--stack", "dev"],
            ...["--identity", stage.sandbox.identity, "--verification-key", output.trim()],
            ...["--output", "prometheus", "--to", "-"],
        );
        assert.equal(recovered.exitCode, 0, recovered.output);
        assert.deepEqual(audited.brief(), [
            `recovered | ${previous} | ${SEALED_FILE} as prometheus | done`,
        ]);
        const { finished, by } = await stage.record();
        const url = stage.sandbox.fleet.receiverUrl;
        assert.deepEqual(recovered.output.split("\n").slice(0, 2), [
            `Recovering ${previous} of stack dev (organization/prometheus-write-secret), with ${label} accepted ` +
                `too, recorded ${finished.slice(0, 16)}Z by ${by}, signed by the verification key`,
            `  remote_write to ${url}`,
        ]);
    });
});

describe("another key", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    it("signs the same record, once it replaced the former one", async () => {
        const { deployment } = stage;
        const key = () => deployment.must("stack", "output", "verificationKey");
        const [former, record] = [await key(), await stage.record()];
        const resources = await deployment.resources();
        const { urn = "" } = resources.find((one) => one.urn.endsWith("::record-key")) ?? {};
        await deployment.must("up", "--yes", "--skip-preview", "--replace", urn);
        assert.notEqual((await key()).output, former.output);
        assert.deepEqual(await stage.record(), record);
        assert.match(
            await verify(stage),
            /^Good "prometheus-write-secret" signature for dev with /,
        );
        assert.equal((await deployment.up()).changes, 0);
    });
});

/** What `ssh-keygen -Y verify` says to the record and its signature in the mirror. */
async function verify({ sandbox, deployment }: Stage): Promise<string> {
    const { environment } = await provideOpenSsh();
    const { output } = await deployment.must("stack", "output", "verificationKey");
    const read = async (path: string) => (await sandbox.github.file(REPOSITORY, path)) ?? "";
    const [allowed, signature] = ["allowed_signers", "record.sig"].map((name) =>
        join(sandbox.directory, name),
    ) as [string, string];
    await writeFile(allowed, `dev ${output}`);
    await writeFile(signature, await read(SIGNATURE_FILE));
    const how = ["-f", allowed, "-I", "dev", "-n", "prometheus-write-secret", "-s", signature];
    const input = await read(RECORD_FILE);
    const ran = await execa("ssh-keygen", ["-Y", "verify", ...how], {
        ...{ input, env: environment, reject: false, all: true },
    });
    return ran.all;
}

describe("the status command", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    it("exits with 0 when all is well", async () => {
        const { current, accepted } = await stage.deployment.rotation();
        const { exitCode, output } = await stage.deployment.command("status");
        assert.equal(exitCode, 0, output);
        const { since = {}, proven } = await stage.record();
        const [{ how, at } = { how: "", at: "" }] = proven;
        const due = new Date(Date.parse(since[current] ?? "") + 90 * 86_400_000)
            .toISOString()
            .slice(0, 10);
        assert.deepEqual(output.split("\n"), [
            `keeper      ${current}`,
            `in use      ${current}`,
            `accepted    ${accepted.join(", ")}`,
            `age         0 days; the next rotation is due on ${due}`,
            `receiver    vmauth accepts ${accepted.join(", ")}; ${how}, ${at.slice(0, 16)}Z`,
            `sender      prometheus uses ${current}`,
        ]);
    });

    it("exits with 3 when a rotation was asked for and not run, also for machines", async () => {
        const { current, accepted } = await stage.deployment.rotation();
        const keeper = stage.newLabel();
        const { exitCode, output } = await stage.deployment.configured({ rotation: keeper }, () =>
            stage.deployment.command("status", "--json"),
        );
        assert.equal(exitCode, 3, output);
        const message = `the rotation to ${keeper} is not finished: run pulumi up, or go back`;
        const { since, due, ...status } = JSON.parse(output) as Status;
        const { generation, revision, proven, ...record } = await stage.record();
        assert.equal(since, record.since?.[generation]);
        assert.ok(due !== undefined && due > (since ?? ""));
        const proofs = proven.map(({ how, at }) => ({ how, at }));
        assert.deepEqual(status, {
            keeper,
            inUse: [current],
            accepted,
            revision,
            finished: false,
            senders: { prometheus: current },
            behind: ["prometheus"],
            receivers: { vmauth: { accepted, proven: proofs } },
            ageDays: 0,
            faults: [{ kind: "unfinished", message }],
        });
    });
});
