// What runs by itself, on a schedule: metrics of the record, and rotations when they are due. It does
// not prove what a scheduler does; ages here are of seconds.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { Audited } from "../support/audited.ts";
import { SEALED_FILE, useSandbox } from "../support/fixture.ts";

const SECONDS = 1 / 86_400; // in days

describe("the metrics command", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let file: string;
    const series = async () => {
        const lines = (await readFile(file, "utf8")).split("\n");
        return lines.filter((line) => line !== "" && !line.startsWith("#"));
    };
    const write = async () => {
        const { exitCode, output } = await stage.deployment.command("metrics", "--textfile", file);
        assert.deepEqual({ exitCode, output }, { exitCode: 0, output: "" });
    };
    before(async () => {
        file = join(await mkdtemp(join(tmpdir(), "textfile-")), "write_credential.prom");
    });

    it("writes a file that promtool finds nothing to say of, and others may read", async () => {
        await write();
        const { promtool } = stage.sandbox.tools;
        const input = await readFile(file, "utf8");
        const options = { input, reject: false, all: true } as const;
        const { exitCode, all } = await execa(promtool.path, ["check", "metrics"], options);
        assert.deepEqual({ exitCode, all }, { exitCode: 0, all: "" });
        assert.equal((await stat(file)).mode & 0o777, 0o644);
        assert.deepEqual(await readdir(join(file, "..")), ["write_credential.prom"]);
    });

    it("tells what the record says", async () => {
        const { generation, revision, since = {} } = await stage.record();
        const labels = 'project="prometheus-write-secret",stack="dev"';
        const lines = await series();
        const at = Date.parse(since[generation] ?? "") / 1000;
        assert.ok(lines.includes(`write_credential_revision{${labels}} ${revision}`));
        assert.ok(lines.includes(`write_credential_since_timestamp_seconds{${labels}} ${at}`));
        assert.ok(lines.includes(`write_credential_finished{${labels}} 1`));
    });

    it("leaves the file as it was when nothing can be said", async () => {
        const former = await readFile(file, "utf8");
        const ran = await stage.deployment.configured({ emergency: "a text" }, () =>
            stage.deployment.command("metrics", "--textfile", file),
        );
        assert.equal(ran.exitCode, 1);
        assert.match(ran.output, /^error: /);
        assert.equal(await readFile(file, "utf8"), former);
    });
});

describe("rotate --if-older-than", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const rotate = (days: string, ...more: readonly string[]) =>
        stage.deployment.command("rotate", ...more, "--yes", "--if-older-than", days);

    it("does nothing while the credential is younger, and says so", async () => {
        const before = await stage.snapshot();
        const { exitCode, output } = await rotate("80d");
        assert.equal(exitCode, 0, output);
        assert.match(output, /^Nothing to do: the credential is of \S+, younger than 80 days\.$/);
        assert.deepEqual(await stage.snapshot(), before);
    });

    it("rotates once it is older, and not again", async () => {
        await stage.sandbox.fleet.sender.running;
        const { current } = await stage.deployment.rotation();
        const label = stage.newLabel();
        const { exitCode, output } = await rotate(String(SECONDS), label);
        assert.equal(exitCode, 0, output);
        const { accepted } = await stage.deployment.rotation();
        assert.deepEqual(accepted.slice(0, 2), [label, current]);
        const again = await rotate("80d");
        assert.match(again.output, /^Nothing to do: /);
        assert.equal((await stage.deployment.rotation()).current, label);
    });

    it("goes on with a rotation that did not finish, rather than begin another", async () => {
        const label = stage.newLabel();
        const { github } = stage.sandbox;
        const undo = github.fail({ method: "PUT", path: /\/dev\.yaml\.age/ }, { status: 422 });
        await stage.deployment.configure({ rotation: label });
        const failed = await stage.deployment.tryUp().finally(undo);
        assert.notEqual(failed.exitCode, 0);
        const { exitCode, output } = await rotate(String(SECONDS));
        assert.equal(exitCode, 0, output);
        assert.ok(output.startsWith(`The rotation to ${label} is not finished: this goes on`));
        assert.equal((await stage.deployment.rotation()).current, label);
    });

    it("refuses what is no age, and an emergency that would wait", async () => {
        const before = await stage.snapshot();
        const [text, emergency] = [await rotate("soon"), await rotate("80d", "--emergency", "x")];
        assert.deepEqual(
            [text.output, emergency.output],
            [
                "error: --if-older-than must be a number of days above 0, such as 80d, got soon",
                "error: --emergency does not wait: leave out --if-older-than",
            ],
        );
        assert.deepEqual(await stage.snapshot(), before);
    });
});

describe("retire --former", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const retire = (...args: readonly string[]) =>
        stage.deployment.command("retire", "--yes", ...args);
    after(async () => {
        await stage.deployment.configure({ retired: undefined });
        await stage.deployment.up();
    });

    it("leaves a rotation that is not finished alone", async () => {
        const keeper = stage.newLabel();
        const { exitCode, output } = await stage.deployment.configured({ rotation: keeper }, () =>
            retire("--former"),
        );
        const reason = `the rotation to ${keeper} is not finished`;
        assert.deepEqual(
            { exitCode, output },
            { exitCode: 0, output: `Nothing to do: ${reason}.` },
        );
    });

    it("retires what no sender uses, with proof, and then has nothing to do", async () => {
        await stage.sandbox.fleet.sender.running;
        await stage.ensureOverlap();
        await stage.senderFollowed();
        const [current = "", former = ""] = (await stage.deployment.rotation()).accepted;
        const audited = new Audited(stage, "retire");
        const { exitCode, output } = await audited.deployment.command(
            ...["retire", "--yes", "--former"],
        );
        assert.equal(exitCode, 0, output);
        const at = `receiver vmauth at ${stage.sandbox.fleet.receiverUrl}`;
        assert.deepEqual(audited.brief(), [
            `mirrored | ${current} | ${SEALED_FILE} | done`,
            `proven | ${current} | ${at} | done`,
            `refused | ${former} | ${at} | done`,
            `retired | ${former} | every receiver | done`,
        ]);
        assert.match(
            output,
            new RegExp(`^› watching for \\d s whether anybody uses ${former}$`, "m"),
        );
        assert.deepEqual((await stage.deployment.rotation()).accepted, [current]);
        const { exitCode: code, output: nothing } = await retire("--former");
        assert.equal(nothing, `Nothing to do: receivers accept ${current} alone.`);
        assert.equal(code, 0);
    });

    it("takes a label or that, and neither both nor none", async () => {
        const said = "error: say which generation: give its label, or --former";
        for (const args of [[], ["--former", "2026-11-21"]]) {
            const { exitCode, output } = await retire(...args);
            assert.deepEqual({ exitCode, output }, { exitCode: 1, output: said });
        }
    });
});
