// Where the command gets the key from, and which file it opens with it.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Encrypter } from "age-encryption";
import { execa } from "execa";
import { generateKey } from "openpgp";
import { parseRecipients } from "../../../seal/recipient.ts";
import { renderManifest } from "../../../mirror/manifest.ts";
import { PROJECT } from "../../../sandbox/sandbox.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";
import { FLEET, RECOVERED, useMirrorRepository, valueOf } from "../../support/writtenMirror.ts";
import { recover } from "../../support/recovering.ts";

describe("recover with a key", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();

    /**
     * Runs the command at a terminal of its own, where one answer is typed; resolves to all that it
     * showed.
     */
    async function atTerminal(args: readonly string[], answer: string): Promise<string> {
        const script = join(PROJECT, "tests", "support", "terminal.py");
        const { PATH = "", HOME = "" } = process.env;
        const command = ["node", "commands/recover.ts", "--repository", mirror.repository, ...args];
        const { stdout } = await execa("python3", [script, ...command], {
            cwd: PROJECT,
            extendEnv: false,
            env: { PATH, HOME, TMPDIR: mirror.directory, NO_COLOR: "1", TERM: "dumb" },
            input: answer,
            reject: false,
        });
        return stdout;
    }

    it("asks for it, and does not show it", async () => {
        await mirror.rotate(["b", "a"]);
        const to = join(mirror.directory, "environment");
        const shown = await atTerminal(["--output", "environment", "--to", to], mirror.identity);
        assert.equal(await readFile(to, "utf8"), `${RECOVERED}\n`);
        assert.match(shown, /Private key \(AGE-SECRET-KEY-1\.\.\.\):/);
        assert.ok(!shown.includes(mirror.identity.slice(-20)));
    });

    it("asks for the passphrase of an encrypted file", async () => {
        await mirror.rotate(["b", "a"]);
        const encrypter = new Encrypter();
        encrypter.setScryptWorkFactor(8);
        encrypter.setPassphrase("a passphrase");
        const encrypted = join(mirror.directory, "recovery.age");
        await writeFile(encrypted, await encrypter.encrypt(`${mirror.identity}\n`));
        const to = join(mirror.directory, "environment");
        const args = ["--identity", encrypted, "--output", "environment", "--to", to];
        assert.match(
            await atTerminal(args, "another"),
            /error: the passphrase does not open the identity file/,
        );
        const shown = await atTerminal(args, "a passphrase");
        assert.equal(await readFile(to, "utf8"), `${RECOVERED}\n`);
        assert.ok(!shown.includes("a passphrase"));
        const { err } = await recover(mirror, args);
        assert.equal(err, `error: ${to} exists: give another place, or --force to replace it`);
        assert.equal(
            (await recover(mirror, [...args, "--force"])).err,
            `error: ${encrypted} is encrypted: run this at a terminal, where its passphrase can be asked for`,
        );
    });

    it("opens with a key of age-keygen what age sealed", async function () {
        this.timeout(120_000); // where age must be built first
        const tools = await provideTools(["age", "age-keygen"]);
        const identity = join(mirror.directory, "by-age-keygen.txt");
        await execa(tools["age-keygen"].path, ["--output", identity]);
        const { stdout: recipient } = await execa(tools["age-keygen"].path, ["-y", identity]);
        const generations = ["b", "a"].map((label) => ({ label, value: valueOf(label) }));
        const { stdout } = await execa(tools.age.path, ["--armor", "--recipient", recipient], {
            input: renderManifest(FLEET, { current: "b", accepted: generations }),
        });
        const sealed = { "prod.yaml.age": `${stdout}\n` };
        await mirror.commit(sealed, "Rotate prod to b (accepted: b, a)");
        await mirror.record(["b", "a"], sealed);
        const { out, err } = await recover(mirror, [
            "--identity",
            identity,
            "--output",
            "environment",
        ]);
        assert.deepEqual([out, err], [RECOVERED, ""]);
    });

    it("opens the file for OpenPGP beside the one for age", async () => {
        const { privateKey, publicKey } = await generateKey({
            userIDs: [{ name: "Ada" }],
            format: "armored",
        });
        const openpgp = await parseRecipients([publicKey], { now: new Date() });
        mirror.recipients = [...mirror.recipients, ...openpgp];
        await mirror.rotate(["b", "a"]);
        const file = join(mirror.directory, "key.asc");
        await writeFile(file, privateKey, { mode: 0o600 });
        const args = ["--identity", file, "--output", "environment"];
        const { out, err } = await recover(mirror, args);
        assert.deepEqual([out, err], [RECOVERED, ""]);
    });
});
