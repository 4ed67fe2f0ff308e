// What the real ansible-vault encrypts is opened. Prompts at a terminal are not tested.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machine } from "../../../commands/extract/machine.ts";
import { createAnsible } from "../../../commands/extract/ansible.ts";
import { provideAnsible } from "../../support/ansible.ts";

const SECRET = "kT8vQ2mXw9rLz4pN";
const SEALED = "whoever has the vault password has it: rotate, and let the stack keep the next one";

describe("extract -- ansible", function () {
    this.timeout(600_000); // installs ansible-core the first time

    let root: string;
    const asked: string[] = [];
    const source = createAnsible((label) => {
        asked.push(label);
        return Promise.resolve("open-sesame\n");
    });

    before(async () => {
        const vault = await provideAnsible("vault");
        root = await mkdtemp(join(tmpdir(), "ansible-"));
        const all = join(root, "group_vars", "all");
        await mkdir(all, { recursive: true });
        await writeFile(join(root, "password"), "open-sesame\n", { mode: 0o600 });
        await writeFile(join(root, "wrong"), "close-sesame\n", { mode: 0o600 });
        await writeFile(join(all, "vault.yml"), `vault_rw: ${SECRET}\n`);
        await writeFile(
            join(all, "main.yml"),
            'prometheus_remote_write:\n  - url: https://a\n    basic_auth: { username: push, password: "{{ vault_rw }}" }\n',
        );
        const password = join(root, "password");
        await vault("encrypt", "--vault-id", `prod@${password}`, join(all, "vault.yml"));
        const sealed = join(root, "sealed");
        await writeFile(sealed, SECRET);
        await vault("encrypt", "--vault-password-file", password, sealed);
        const lines = (await readFile(sealed, "utf8")).trim().split("\n");
        const inline = lines.map((line) => `    ${line}`).join("\n");
        await writeFile(join(root, "inline.yml"), `remote_write_token: !vault |\n${inline}\n`);
    });
    after(async () => {
        await rm(root, { recursive: true });
    });

    it("opens a whole file with a vault id, and follows the variable to it", async () => {
        const all = join(root, "group_vars");
        assert.deepEqual(await source.find([all], {}, machine), [
            {
                place: `${all}/all/main.yml: prometheus_remote_write[0].basic_auth.password`,
                kind: "basic auth",
                username: "push",
                value: SECRET,
                missing: undefined,
                plaintext: false,
                advice: SEALED,
            },
        ]);
        assert.deepEqual(asked, ["prod"]);
    });

    it("opens an inline value with a password file", async () => {
        const file = join(root, "inline.yml");
        const options = { vaultPasswordFile: join(root, "password"), key: "remote_write_token" };
        assert.deepEqual(await source.find([file], options, machine), [
            {
                place: `${file}: remote_write_token`,
                kind: "bearer token",
                value: SECRET,
                missing: undefined,
                plaintext: false,
                advice: SEALED,
            },
        ]);
    });

    it("opens each file with the identity of its label, and tries the others then", async () => {
        const files = [join(root, "group_vars"), join(root, "inline.yml")];
        const [right, wrong] = [join(root, "password"), join(root, "wrong")];
        const before = asked.length;
        for (const [vaultId, questions] of [
            [`prod@${right}`, []],
            [`dev@${wrong},prod@${right}`, []],
            [`${wrong},other@prompt`, ["other"]],
            ["prod@prompt", ["prod"]],
        ] as const) {
            const found = await source.find(files, { vaultId }, machine);
            assert.deepEqual(
                found.map(({ value }) => value),
                [SECRET, SECRET],
            );
            assert.deepEqual(asked.splice(before), questions);
        }
    });

    it("refuses a vault id without its source", async () => {
        await assert.rejects(
            async () => source.find([join(root, "inline.yml")], { vaultId: "prod@" }, machine),
            { message: '--vault-id must be label@file or label@prompt, got "prod@"' },
        );
    });

    it("refuses a wrong password and a key that is not there", async () => {
        const file = join(root, "inline.yml");
        const find = async (options: Record<string, string>) =>
            source.find([file], options, machine);
        await assert.rejects(find({ vaultPasswordFile: join(root, "wrong") }), {
            message: `the vault password does not open ${file}: remote_write_token: give the one for this vault id`,
        });
        await assert.rejects(find({ key: "none" }), {
            message: "no text at none: check --key, such as a.b[0].c",
        });
    });
});
