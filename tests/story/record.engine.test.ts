// What is on record of a rotation, in the repository and in what the status command tells from the
// state.
import assert from "node:assert/strict";
import packageJson from "../../package.json" with { type: "json" };
import { sha256 } from "../../rotation/digest.ts";
import { REPOSITORY, SEALED_FILE, SENDER_SECRET, useSandbox } from "../support/fixture.ts";

const REVISION = "prometheus-write-secret/revision";

describe("the record of a rotation", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let previous: string;
    let label: string;
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        previous = (await stage.deployment.rotation()).current;
        label = stage.newLabel();
        await stage.deployment.rotateTo(label);
    });

    it("says which generation took over from which, and where it was proven", async () => {
        const { finished, by, sealedSha256, proven, ...record } = await stage.record();
        const { annotations } = await stage.secret(SENDER_SECRET);
        assert.deepEqual(record, {
            format: 1,
            stack: "dev",
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
        assert.ok(by.length > 0);
        assert.match(sealedSha256, /^[0-9a-f]{64}$/);
    });

    it("has the digest of the sealed file beside it", async () => {
        const sealed = (await stage.sandbox.github.file(REPOSITORY, SEALED_FILE)) ?? "";
        assert.equal((await stage.record()).sealedSha256, sha256(sealed));
    });

    it("has it still after going back, which writes no sealed file", async () => {
        await stage.deployment.rotateTo(previous);
        const sealed = (await stage.sandbox.github.file(REPOSITORY, SEALED_FILE)) ?? "";
        const record = await stage.record();
        assert.equal(record.sealedSha256, sha256(sealed));
        assert.deepEqual([record.generation, record.previous], [previous, label]);
    });
});

describe("the status command", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    it("exits with 0 when all is well", async () => {
        const { current, accepted } = await stage.deployment.rotation();
        const { exitCode, output } = await stage.deployment.command("status");
        assert.equal(exitCode, 0, output);
        assert.deepEqual(output.split("\n"), [
            `keeper      ${current}`,
            `in use      ${current}`,
            `accepted    ${accepted.join(", ")}`,
            "age         0 days",
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
        assert.deepEqual(JSON.parse(output), {
            keeper,
            inUse: [current],
            accepted,
            ageDays: 0,
            faults: [{ kind: "unfinished", message }],
        });
    });
});
