// Recipients as people have them: keys made by gpg, files opened by gpg and age.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { openSealed } from "../../seal/open.ts";
import { expiryWarnings, parseRecipients, type Recipient } from "../../seal/recipient.ts";
import { sealTo } from "../../seal/seal.ts";
import { provideTools } from "../../sandbox/toolchain/toolchain.ts";
import { Gnupg } from "../support/gnupg.ts";
import { withEnvironment } from "../support/environment.ts";

const PASSPHRASE = "correct horse";
const SECURED = { algorithm: "rsa3072", usage: "encr", passphrase: PASSPHRASE };
const DAY = 86_400_000;
const TEXT = "kind: Secret\r\nstringData: { token: ünï }\n";

let gpg: Gnupg;
let ada: string; // an Ed25519 key with a Curve25519 subkey
let rsa: string;

before(async function () {
    this.timeout(60_000);
    gpg = await Gnupg.start();
    ada = await gpg.make("Ada <ada@example.com>", { algorithm: "future-default" });
    rsa = await gpg.make("Rob <rob@example.com>", { algorithm: "rsa2048", usage: "encr" });
});
after(() => gpg.stop());

function read(texts: readonly string[], keyring?: Uint8Array): Promise<readonly Recipient[]> {
    const source = keyring && { path: "keys.gpg", content: keyring };
    return parseRecipients(texts, { keyring: source, now: new Date() });
}

async function refuses(texts: readonly string[], message: string | RegExp, keyring?: Uint8Array) {
    await assert.rejects(read(texts, keyring), { message });
}

async function sealed(recipients: readonly Recipient[]): Promise<Record<string, string>> {
    return sealTo({ path: "x.yaml.age", format: "sealed" }, recipients).seal(TEXT);
}

describe("a file sealed to OpenPGP and age recipients", function () {
    this.timeout(60_000);
    let directory: string;
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "recipients-"));
    });
    after(() => rm(directory, { recursive: true }));

    it("is opened by gpg with each OpenPGP key alone, and by age with each age key", async () => {
        const identities = [await generateIdentity(), await generateIdentity()];
        const ages = await Promise.all(identities.map(identityToRecipient));
        const recipients = await read([...ages, await gpg.export(ada), await gpg.export(rsa)]);
        const { "x.yaml.age": age = "", "x.yaml.asc": asc = "" } = await sealed(recipients);
        for (const key of [ada, rsa]) {
            const alone = await Gnupg.start();
            try {
                await alone.run(["--import"], await gpg.exportPrivate(key));
                assert.equal(await alone.run(["--decrypt"], asc), TEXT);
            } finally {
                await alone.stop();
            }
        }
        const tools = await provideTools(["age"]);
        for (const [index, identity] of identities.entries()) {
            const file = join(directory, `${index}.txt`);
            await writeFile(file, identity);
            const options = { input: age, stripFinalNewline: false };
            const opened = await execa(options)(tools.age.path, ["--decrypt", "-i", file]);
            assert.equal(opened.stdout, TEXT);
        }
    });

    it("is opened by us with what gpg exports, and through gpg itself", async () => {
        const secured = await gpg.make("Sam", SECURED);
        const subkeyed = await gpg.make("Sue", { algorithm: "ed25519", usage: "sign" });
        await gpg.addSubkey(subkeyed);
        const recipients = await read([await gpg.export(secured), await gpg.export(subkeyed)]);
        const { "x.yaml.asc": asc = "" } = await sealed(recipients);
        const key = await gpg.exportPrivate(secured, PASSPHRASE);
        const openpgp = { key, passphrase: PASSPHRASE };
        assert.equal(await openSealed(asc, { openpgp }), TEXT);
        await withEnvironment(gpg.env, async () => {
            assert.equal(await openSealed(asc, { gpg: "gpg" }), TEXT);
            await assert.rejects(openSealed(asc, { gpg: "false" }), {
                message: "gpg does not open it: exit code 1",
            });
            const toOther = await stranger();
            await assert.rejects(openSealed(toOther, { gpg: "gpg" }), {
                message: "gpg does not open it: decryption failed: No secret key",
            });
        });
    });
});

/** A message to a key whose private half gpg does not have. */
async function stranger(): Promise<string> {
    const other = await Gnupg.start();
    try {
        const key = await other.make("Stranger", { algorithm: "future-default" });
        return (await sealed(await read([await other.export(key)])))["x.yaml.asc"] ?? "";
    } finally {
        await other.stop();
    }
}

describe("parseRecipients, of keys made by gpg", function () {
    this.timeout(60_000);

    it("finds fingerprints in a keyring, armored or binary, of one block or several", async () => {
        const file = join(gpg.home, "export.gpg");
        await gpg.run(["--output", file, "--export"]);
        const [one, other] = [await gpg.export(ada), await gpg.export(rsa)];
        const names = [`openpgp:${ada}`, `openpgp:${rsa}`];
        const spaced = `openpgp:0x${ada.toLowerCase().replaceAll(/(....)/g, "$1 ")}`;
        for (const keyring of [await readFile(file), Buffer.from(one + other)]) {
            const recipients = await read([spaced, names[1] ?? ""], keyring);
            assert.deepEqual(
                recipients.map(({ name }) => name),
                names,
            );
        }
    });

    it("has one name for a key, however it is given, and refuses it twice", async () => {
        const block = await gpg.export(ada);
        const message = `recipients[1] is the same key as recipients[0]: openpgp:${ada}`;
        await refuses([`openpgp:${ada}`, block], message, Buffer.from(block));
    });

    it("keeps name and material when a key gets another expiry date or user id", async () => {
        const key = await gpg.make("Vera", { algorithm: "future-default", expires: "20d" });
        const [before] = await read([await gpg.export(key)]);
        await gpg.run(["--quick-set-expire", key, "2y"]);
        await gpg.run(["--quick-add-uid", key, "Vera <vera@example.com>"]);
        const [renewed] = await read([await gpg.export(key)]);
        assert.deepEqual([renewed?.name, renewed?.material], [before?.name, before?.material]);
    });

    it("keeps the name, not the material, when a key gets another subkey", async () => {
        const madeAt = "20250101T000000";
        const key = await gpg.make("Nell", { algorithm: "ed25519", usage: "sign", madeAt });
        await gpg.addSubkey(key, "never", madeAt);
        const [before] = await read([await gpg.export(key)]);
        await gpg.addSubkey(key);
        const [after] = await read([await gpg.export(key)]);
        assert.equal(after?.name, before?.name);
        assert.notEqual(after?.material, before?.material);
    });

    it("warns of a key that expires within 30 days", async () => {
        const soon = await gpg.make("Soon", { algorithm: "future-default", expires: "20d" });
        const later = await gpg.make("Later", { algorithm: "future-default", expires: "40d" });
        const blocks = [await gpg.export(soon), await gpg.export(later), await gpg.export(ada)];
        const recipients = await read(blocks);
        const day = new Date(Date.now() + 20 * DAY).toISOString().slice(0, 10);
        assert.deepEqual(expiryWarnings(recipients, new Date()), [
            `recipient ${soon} (Soon) expires on ${day}: give it as renewed by its owner before, or updates are refused`,
        ]);
        assert.deepEqual(expiryWarnings(recipients, new Date(Date.now() - 15 * DAY)), []);
    });

    it("refuses an expired key, with the day it expired in UTC", async () => {
        const madeAt = "20250101T233000"; // gpg takes it as UTC
        const key = { algorithm: "future-default", expires: "30d", madeAt };
        const old = await gpg.make("Old", key);
        await refuses(
            [await gpg.export(old)],
            `recipients[0]: ${old} (Old) expired on 2025-01-31: give it as renewed by its owner, or remove it`,
        );
    });

    it("refuses a revoked key", async () => {
        const key = await gpg.make("Ray", { algorithm: "future-default" });
        await gpg.revoke(key);
        await refuses(
            [`openpgp:${key}`],
            `recipients[0]: ${key} (Ray) is revoked: remove it, or give the key that replaces it`,
            Buffer.from(await gpg.export(key)),
        );
    });

    it("refuses a key that cannot be encrypted to", async () => {
        const key = await gpg.make("Sid", { algorithm: "ed25519", usage: "sign" });
        await refuses(
            [await gpg.export(key)],
            `recipients[0]: ${key} (Sid) cannot be encrypted to: it has no key for encryption; its owner adds one with gpg --quick-add-key`,
        );
        const madeAt = "20250101T000000";
        const aged = await gpg.make("Aged", { algorithm: "ed25519", usage: "sign", madeAt });
        await gpg.addSubkey(aged, "30d", madeAt);
        await refuses(
            [await gpg.export(aged)],
            `recipients[0]: ${aged} (Aged) cannot be encrypted to: Subkey is expired; its owner adds one with gpg --quick-add-key`,
        );
    });

    it("refuses private keys, in recipients and in a keyring, without repeating them", async () => {
        const block = await gpg.exportPrivate(ada);
        await refuses(
            [block],
            "recipients[0]: is a private key; give its public key, which gpg --export --armor prints",
        );
        await refuses(
            [`openpgp:${ada}`],
            "recipients[0]: keyring keys.gpg holds a private key, give what gpg --export prints",
            Buffer.from(block),
        );
    });

    it("refuses a block of several keys, and one that is damaged, without repeating it", async () => {
        await refuses(
            [await gpg.export(ada, rsa)],
            "recipients[0]: the block holds 2 keys, give one a recipient",
        );
        const block = await gpg.export(ada);
        await refuses(
            [block.slice(0, 200)],
            "recipients[0]: holds no OpenPGP keys, give what gpg --export prints",
        );
    });

    it("refuses a fingerprint that is not in the keyring, a keybox, and no keyring", async () => {
        const [name, block] = [`openpgp:${rsa}`, await gpg.export(ada)];
        const how = `gpg --export ${rsa} prints it`;
        await refuses(
            [name],
            `recipients[0]: ${rsa} is not in keyring keys.gpg: ${how}`,
            Buffer.from(block),
        );
        await refuses(
            [name],
            `recipients[0]: ${rsa} must be looked up: set keyring to a file, ${how}`,
        );
        await refuses(
            [name],
            "recipients[0]: keyring keys.gpg is GnuPG's own keybox, give what gpg --export prints",
            await readFile(join(gpg.home, "pubring.kbx")),
        );
    });

    it("shows no control characters of a user id", async () => {
        const key = await gpg.make("Eve \u001b[31mred", { algorithm: "ed25519", usage: "sign" });
        await refuses([await gpg.export(key)], /^recipients\[0\]: \w+ \(Eve \?\[31mred\) /);
    });
});
