// What the mirror pushes to any Git host, recovered from there with each kind of key: git's own
// server, the real gpg and the real sops. That a stack pushes just this is for the tests of the
// mirror.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { pushFiles } from "../../../mirror/git/gitPush.ts";
import { parseRecipients, type Recipient } from "../../../seal/recipient.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";
import { usePushing } from "../../support/hosts/pushing.ts";
import { RECOVERED, useMirrorRepository } from "../../support/writtenMirror.ts";
import { type Ran, recoverFrom } from "../../support/recovering.ts";
import { Gnupg } from "../../support/gnupg.ts";

describe("recover from any Git host", function () {
    this.timeout(120_000);
    const push = usePushing();
    const mirror = useMirrorRepository();
    let gpg: Gnupg;
    let fingerprint: string;
    let openpgp: readonly Recipient[];
    before(async () => {
        gpg = await Gnupg.start();
        fingerprint = await gpg.make("Ada", { algorithm: "future-default" });
        openpgp = await parseRecipients([await gpg.export(fingerprint)], { now: new Date() });
    });
    after(() => gpg.stop());
    beforeEach(() => {
        mirror.write = (files, message) => pushFiles({ ...push.options, files, message });
    });

    /** Recovers with git's own credential helper, as somebody who reads the host has one. */
    async function recover(...args: readonly string[]): Promise<Ran> {
        const { username = "", token = "" } = push.options.credentials;
        const answer = join(mirror.directory, "credential");
        await writeFile(answer, `username=${username}\npassword=${token}\n`, { mode: 0o600 });
        const configuration = join(mirror.directory, "gitconfig");
        await writeFile(configuration, `[credential]\nhelper = "!cat '${answer}' #"\n`);
        const source = ["--repository", push.options.remote.url, "--output", "environment"];
        return recoverFrom(mirror, [...source, ...args], {
            environment: {
                ...gpg.env,
                GIT_CONFIG_GLOBAL: configuration,
                GIT_SSL_CAINFO: push.host.caFile,
            },
        });
    }
    const byAge = (...args: readonly string[]) => {
        return recover("--identity", mirror.identityFile, ...args);
    };
    const expected: Ran = { code: 0, out: RECOVERED, err: "" };
    const forC = { ...expected, out: RECOVERED.replace("=b", "=c").replace("0fb", "0fc") };

    it("opens either of two files, with the key it is for", async () => {
        mirror.recipients = [...mirror.recipients, ...openpgp];
        await mirror.rotate(["b", "a"]);
        assert.deepEqual(Object.keys(await push.repository.files()), [
            "prod.rotation.json",
            "prod.yaml.age",
            "prod.yaml.asc",
        ]);
        assert.deepEqual(await byAge(), expected);
        assert.deepEqual(await recover("--gpg"), expected);
        const exported = join(mirror.directory, "key.asc");
        await writeFile(exported, await gpg.exportPrivate(fingerprint), { mode: 0o600 });
        assert.deepEqual(await recover("--identity", exported), expected);
    });

    it("opens the one file there is for OpenPGP alone", async () => {
        mirror.recipients = openpgp;
        await mirror.rotate(["b", "a"]);
        assert.deepEqual(await recover("--gpg"), expected);
        assert.deepEqual(await byAge(), {
            ...{ code: 1, out: "" },
            err:
                "error: prod.yaml.asc cannot be opened with a key of this kind: give another " +
                "(--identity, --gpg, --kms)",
        });
    });

    it("opens a file of SOPS with either key", async () => {
        mirror.recipients = [...mirror.recipients, ...openpgp];
        mirror.format = "sops";
        await mirror.rotate(["b", "a"]);
        assert.deepEqual(await byAge(), expected);
        assert.deepEqual(await recover("--gpg"), expected);
    });

    it("takes what sops itself has written anew only when told to", async () => {
        mirror.format = "sops";
        await mirror.rotate(["b", "a"]);
        const { sops } = await provideTools(["sops"]);
        const path = join(mirror.directory, "prod.sops.yaml");
        const before = (await push.repository.files())["prod.sops.yaml"] ?? "";
        await writeFile(path, `${before}\n`);
        const { PATH = "" } = process.env;
        const env = { PATH, HOME: mirror.directory, SOPS_AGE_KEY_FILE: mirror.identityFile };
        await execa(sops.path, ["rotate", "--in-place", path], { env, extendEnv: false });
        await mirror.write({ "prod.sops.yaml": await readFile(path, "utf8") }, "By hand");
        const { code, out, err } = await byAge();
        assert.deepEqual([code, out], [0, RECOVERED]);
        assert.match(err, /^warning: no record holds the SHA-256 of the newest prod\.sops\.yaml /);
        const unverified = await byAge("--unverified");
        assert.deepEqual([unverified.code, unverified.out], [0, RECOVERED]);
        assert.match(unverified.err, /^warning: .*: what is recovered is unverified$/);
    });

    it("takes the file of the format it was changed to, beside the one that was left", async () => {
        await mirror.rotate(["b", "a"]);
        assert.deepEqual(await byAge(), expected);
        mirror.format = "sops";
        await mirror.rotate(["c", "b"]);
        assert.deepEqual(Object.keys(await push.repository.files()), [
            "prod.rotation.json",
            "prod.sops.yaml",
            "prod.yaml.age",
        ]);
        assert.deepEqual(await byAge(), forC);
    });

    it("warns whoever can open only the file that was left", async () => {
        mirror.recipients = [...mirror.recipients, ...openpgp];
        await mirror.rotate(["b", "a"]);
        mirror.recipients = openpgp;
        await mirror.rotate(["c", "b"]);
        assert.deepEqual(await recover("--gpg"), forC);
        const { code, out, err } = await byAge();
        assert.deepEqual([code, out], [0, RECOVERED]);
        assert.match(
            err,
            /^warning: what was recorded last is in prod\.yaml\.asc \(commit \w{10}\), which is not for a key of this kind: /,
        );
    });
});
