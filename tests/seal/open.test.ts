import assert from "node:assert/strict";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { generateKey } from "openpgp";
import { openSealed } from "../../seal/open.ts";
import { parseRecipients } from "../../seal/recipient.ts";
import { sealTo } from "../../seal/seal.ts";

const identity = await generateIdentity();
const passphrase = "correct horse";
const ada = await generateKey({ userIDs: [{ name: "Ada" }], passphrase });
const stranger = await generateKey({ userIDs: [{ name: "Stranger" }] });
const now = new Date();
const texts = [await identityToRecipient(identity), ada.publicKey];
const recipients = await parseRecipients(texts, { now });
const name = `${recipients[1]?.name.slice("openpgp:".length) ?? ""} (Ada)`;
const { "x.age": age = "", "x.asc": asc = "" } = await sealTo(
    { path: "x.age", format: "sealed" },
    recipients,
).seal("the text");
const { "x.yaml": sops = "" } = await sealTo({ path: "x.yaml", format: "sops" }, recipients).seal(
    "stringData:\n  token: the text\n",
);

function refuses(file: string, keys: Parameters<typeof openSealed>[1], message: string) {
    return assert.rejects(openSealed(file, keys), { message });
}

describe("openSealed", () => {
    it("opens an age file with an identity file, its comments and blank lines left out", async () => {
        const file = `# created: 2026-11-21\n\n${await generateIdentity()}\n${identity}\n`;
        assert.equal(await openSealed(age, { age: file }), "the text");
    });

    it("opens an OpenPGP message with a private key and its passphrase", async () => {
        const openpgp = { key: ada.privateKey, passphrase };
        assert.equal(await openSealed(asc, { openpgp }), "the text");
    });

    it("opens a file of SOPS with either", async () => {
        const text = "stringData:\n  token: the text\n";
        const openpgp = { key: ada.privateKey, passphrase };
        assert.equal(await openSealed(sops, { age: identity }), text);
        assert.equal(await openSealed(sops, { openpgp }), text);
        assert.equal(await openSealed(sops, { age: await generateIdentity(), openpgp }), text);
    });

    it("says that no identity fits, without repeating it", async () => {
        const message =
            "this age identity does not open it: no identity matched any of the file's recipients";
        const other = await generateIdentity();
        await refuses(age, { age: other }, message);
        await refuses(sops, { age: other }, message);
    });

    it("says what an identity file must hold, without repeating what it holds", async () => {
        const message =
            "this is no age identity file: it must hold lines that begin with AGE-SECRET-KEY-";
        for (const file of ["", "# nothing", "AGE-SECRET-KEY-1SHORT", "age1public"]) {
            await refuses(age, { age: file }, message);
        }
    });

    it("says what is wrong with an OpenPGP key, without repeating it or its passphrase", async () => {
        const key = ada.privateKey;
        await refuses(asc, { openpgp: { key } }, `${name} needs its passphrase`);
        const wrong = { key, passphrase: "wrong" };
        await refuses(asc, { openpgp: wrong }, `the passphrase of ${name} is wrong`);
        await refuses(
            asc,
            { openpgp: { key: stranger.privateKey } },
            "this OpenPGP key does not open it: it is encrypted to other keys",
        );
        await refuses(
            asc,
            { openpgp: { key: ada.publicKey } },
            "this is no armored OpenPGP private key: gpg --export-secret-keys --armor prints one",
        );
    });

    it("says which key is needed when it is not given", async () => {
        const key = ada.privateKey;
        await refuses(age, { openpgp: { key } }, "an age identity is needed to open this file");
        await refuses(
            asc,
            { age: identity },
            "an OpenPGP private key or gpg is needed to open this file",
        );
        await refuses(
            sops,
            {},
            "a key of one of these kinds is needed to open this file: age, pgp",
        );
    });

    it("says that gpg is not there", async () => {
        await refuses(asc, { gpg: "no-gpg" }, "no-gpg cannot be run (ENOENT): install GnuPG");
    });

    it("refuses what is in no format of ours, without repeating it", async () => {
        await refuses(
            "hunter2",
            { age: identity },
            "this is no sealed file: it must be an armored age file, an armored OpenPGP message, or of SOPS",
        );
    });

    it("refuses what was tampered with", async () => {
        const openpgp = { key: ada.privateKey, passphrase };
        for (const file of [age, asc]) {
            const middle = Math.floor(file.length * 0.8);
            const other = file[middle] === "A" ? "B" : "A";
            const tampered = file.slice(0, middle) + other + file.slice(middle + 1);
            await assert.rejects(openSealed(tampered, { age: identity, openpgp }), {
                message: /^this (age identity|OpenPGP key) does not open it: [^\n]+$/,
            });
        }
    });
});
