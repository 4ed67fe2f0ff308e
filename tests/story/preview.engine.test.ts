// What people are told of an update before it, by the program and the engine together. Each kind of
// update is described in words by tests/commands/preview/describe.test.ts.
import assert from "node:assert/strict";
import { execa } from "execa";
import type { Preview } from "../../commands/preview/describe.ts";
import { CONFIGURATION, RECEIVER_SECRET, useSandbox } from "../support/fixture.ts";

describe("the preview command", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let current: string;
    let former: string;
    const preview = (...args: readonly string[]) => stage.deployment.command("preview", ...args);
    const told = async (...args: readonly string[]) => {
        const { exitCode, output } = await preview("--json", ...args);
        assert.equal(exitCode, 0, output);
        return JSON.parse(output) as Preview;
    };
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        await stage.ensureOverlap();
        [current = "", former = ""] = (await stage.deployment.rotation()).accepted;
    });

    it("says that nothing changes, which is what a nightly look expects", async () => {
        const { exitCode, output } = await preview("--expect-no-changes");
        assert.equal(exitCode, 0, output);
        assert.deepEqual(
            output.split("\n"),
            [
                `Nothing changes: ${current} stays current.\n`,
                "Generations",
                `  ${current}  stays current`,
                `  ${former}  stays accepted`,
            ]
                .join("\n")
                .split("\n"),
        );
    });

    it("says what a bump makes, keeps and drops, who switches, and what is waited for", async () => {
        const before = await stage.snapshot();
        const label = stage.newLabel();
        const bump = { rotation: label, disuseSeconds: 7 };
        const said = await stage.deployment.configured(bump, () => told());
        assert.ok(said.changes > 0);
        assert.deepEqual(said, {
            summary: `Rotates from ${current} to ${label}.`,
            generations: [
                { name: label, what: "is made, and sealed into the mirror before anybody gets it" },
                { name: current, what: "stays accepted, as senders use it" },
                { name: former, what: "is dropped, if nobody uses it" },
            ],
            senders: [
                {
                    name: "prometheus",
                    what: `switches from ${current} to ${label}, once every receiver is proven to accept it`,
                },
            ],
            waits: [
                `pulumi up watches for 7 s whether anybody uses ${former}`,
                `the gate asks each receiver (vmauth) until it accepts ${label}, 300 s at most, and refuses a made-up one`,
            ],
            ...{ others: [], warnings: [], errors: [], changes: said.changes },
        } satisfies Preview);
        assert.deepEqual(await stage.snapshot(), before);
    });

    it("names what changes for another reason, and fails where nothing was to", async () => {
        const url = `${stage.sandbox.fleet.receiverUrl}?extra=1`;
        const { exitCode, output } = await stage.deployment.configured(
            { "receivers.0.url": url },
            () => preview("--expect-no-changes", "--markdown"),
        );
        assert.equal(exitCode, 1, output);
        assert.ok(output.startsWith(`**No rotation: ${current} stays current.**\n`), output);
        const [, others = ""] = output.split("**Also, for another reason**\n\n");
        assert.match(
            others,
            new RegExp(`^- \`ConfigMap monitoring/${CONFIGURATION}\` changes: \\S+\n`),
        );
        assert.match(output, /^error: something would change, and nothing was to$/m);
    });

    it("names a Secret that somebody edited", async () => {
        const { adminKubeconfig, namespace } = stage.sandbox.cluster;
        const data = { "auth.yml": Buffer.from("users: [").toString("base64") };
        await execa(stage.sandbox.tools.kubectl.path, [
            ...["--kubeconfig", adminKubeconfig, "--namespace", namespace],
            ...["patch", `secret/${RECEIVER_SECRET}`, "--type=merge"],
            ...["--patch", JSON.stringify({ data })],
        ]);
        const { summary, others } = await told();
        assert.equal(summary, `No rotation: ${current} stays current.`);
        assert.deepEqual(
            others.map(({ name }) => name),
            [`Secret monitoring/${RECEIVER_SECRET}`],
        );
        await stage.deployment.up();
    });

    it("says why an update is refused", async () => {
        const retired = { rotation: stage.newLabel(), retired: [current] };
        const { exitCode, output } = await stage.deployment.configured(retired, () => preview());
        assert.notEqual(exitCode, 0);
        const reason =
            `prometheus-write-secret:retired names ${current}, which sender prometheus uses: rotate to another label ` +
            "first, and retire this one in a later update";
        assert.equal(
            output,
            `The update is refused: nothing would change.\n\nRefused because\n  ${reason}`,
        );
    });
});
