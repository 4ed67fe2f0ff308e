// What people see of a rotation at terminals of three widths, and in a pipe. It does not prove what
// colours are like: the terminal has none.
import assert from "node:assert/strict";
import { useSandbox } from "../../support/fixture.ts";

const QUESTION = "Carry it out?";
const KUBELET_SECONDS = 0.2;

describe("an update, as people follow it", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let current: string;
    let label: string;
    beforeEach(async () => {
        await stage.sandbox.fleet.sender.running;
        await stage.senderFollowed();
        ({ current } = await stage.deployment.rotation());
        label = stage.newLabel();
    });
    const configured = () => stage.deployment.must("config", "get", "rotation");

    it("says what it would do and asks: after no, all is as it was", async () => {
        const before = await stage.snapshot();
        const { exitCode, lines } = await stage.deployment.atTerminal(["rotate", label], {
            ...{ columns: 50, prompt: QUESTION, answer: "n" },
        });
        assert.equal(exitCode, 1);
        const shown = lines.join("\n");
        assert.match(shown, new RegExp(`^Rotates from ${current} to ${label}\\.$`, "m"));
        assert.match(shown, new RegExp(`^ +${label} +is made, and sealed into`, "m"));
        const told = `Nothing was changed: rotation is ${current} in`;
        assert.ok(lines.join("").includes(told), shown);
        assert.equal((await configured()).output.trim(), current);
        assert.deepEqual(await stage.snapshot(), before);
    });

    it("shows each stage with the time it took, what is waited for, and how all stands", async () => {
        const { exitCode, lines, sent } = await stage.deployment.atTerminal(["rotate", label], {
            ...{ columns: 100, prompt: QUESTION, answer: "y" },
        });
        assert.equal(exitCode, 0, lines.join("\n"));
        const titles = lines.flatMap((line) => /^✔ (.+) \[[\d.]+m?s\]$/.exec(line)?.[1] ?? []);
        assert.deepEqual(
            titles.filter((title) => !title.startsWith("remove")),
            [
                "look at what would change",
                "look at what there is",
                `make ${label}`,
                "seal what is accepted into the mirror",
                "tell receivers what to accept",
                `ask each receiver whether it accepts ${label}`,
                `hand ${label} to senders`,
                "record it",
            ],
        );
        assert.match(sent, new RegExp(`waiting for vmauth to accept ${label}: it answered 401`));
        const at = lines.indexOf(`Rotated to ${label}. Go back with: npm run rotate -- ${current}`);
        assert.ok(at > 0, lines.join("\n"));
        assert.equal(lines[at + 1], "Commit Pulumi.dev.yaml.");
        assert.match(lines[at + 3] ?? "", new RegExp(`^receiver    vmauth accepts ${label}, `));
        assert.equal(lines[at + 4], `sender      prometheus uses ${label}`);
    });

    it("can be interrupted while it waits, says so in a line, and is gone on with by the next", async () => {
        const { auth } = stage.sandbox.fleet.volumes;
        auth.delaySeconds = 3600;
        try {
            const { exitCode, lines } = await stage.deployment.atTerminal(
                ["rotate", label, "--yes"],
                { columns: 150, prompt: "it answered 401", answer: "\u0003" },
            );
            const shown = lines.join("\n");
            assert.equal(exitCode, 1, shown);
            assert.ok(lines.includes("error: the update was interrupted"), shown);
            assert.ok(!/rpc error|untracked|EOF/.test(shown), shown);
            assert.match(shown, /^Not finished\. Try again with: pulumi up /m);
            assert.equal((await configured()).output.trim(), label);
        } finally {
            auth.delaySeconds = KUBELET_SECONDS;
        }
        await stage.deployment.up();
        assert.equal((await stage.deployment.rotation()).current, label);
    });

    it("asks nobody in a pipe, and changes nothing without --yes", async () => {
        const before = await stage.snapshot();
        const { exitCode, output } = await stage.deployment.command("rotate", label);
        assert.deepEqual(
            { exitCode, output },
            { exitCode: 1, output: "error: there is no terminal to ask at: give --yes" },
        );
        assert.deepEqual(await stage.snapshot(), before);
    });

    it("is a line a stage in a pipe, and a document for machines apart from that", async () => {
        const args = ["rotate", label, "--yes", "--json"] as const;
        const { exitCode, output, stdout } = await stage.deployment.command(...args);
        assert.equal(exitCode, 0, output);
        assert.ok(!/refreshing|replace|untracked/.test(output), output);
        assert.match(output, new RegExp(`^✔ hand ${label} to senders`, "m"));
        const read = output.replace(stdout, "").split("\n");
        assert.ok(read.length < 60, output);
        const { outcome, status } = JSON.parse(stdout) as {
            outcome: string;
            status: { keeper: string; finished: boolean };
        };
        assert.deepEqual([outcome, status.keeper, status.finished], ["done", label, true]);
    });
});
