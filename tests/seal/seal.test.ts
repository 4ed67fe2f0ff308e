import assert from "node:assert/strict";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { generateKey } from "openpgp";
import { openSealed } from "../../seal/open.ts";
import { parseRecipients } from "../../seal/recipient.ts";
import { fingerprint } from "../../rotation/digest.ts";
import { sealTo, type Sealing, type SealingOptions } from "../../seal/seal.ts";

const identities = [await generateIdentity(), await generateIdentity()];
const ages = await Promise.all(identities.map(identityToRecipient));
const keys = [
    await generateKey({ userIDs: [{ name: "Ada" }] }),
    await generateKey({ userIDs: [{ name: "Bob" }], type: "rsa", rsaBits: 2048 }),
];
const blocks = keys.map(({ publicKey }) => publicKey);

async function to(
    texts: readonly string[],
    options: Partial<SealingOptions> = {},
): Promise<Sealing> {
    const recipients = await parseRecipients(texts, { now: new Date() });
    return sealTo({ path: "prod.yaml.age", format: "sealed", ...options }, recipients);
}

describe("sealTo", () => {
    it("makes a file that each age recipient opens alone, and one for each OpenPGP recipient", async () => {
        const { seal, paths } = await to([...ages, ...blocks]);
        const sealed = await seal("the text");
        assert.deepEqual(Object.keys(sealed), paths);
        const { "prod.yaml.age": age = "", "prod.yaml.asc": asc = "", ...others } = sealed;
        assert.deepEqual(others, {});
        for (const identity of identities) {
            assert.equal(await openSealed(age, { age: identity }), "the text");
        }
        for (const { privateKey } of keys) {
            assert.equal(await openSealed(asc, { openpgp: { key: privateKey } }), "the text");
        }
        await assert.rejects(openSealed(age, { age: await generateIdentity() }));
    });

    it("makes ASCII armor without the text in it", async () => {
        const sealed = await (await to([...ages, ...blocks])).seal("the text");
        const { "prod.yaml.age": age = "", "prod.yaml.asc": asc = "" } = sealed;
        assert.match(age, /^-----BEGIN AGE ENCRYPTED FILE-----\n[\x20-\x7e\n]+-----END/);
        assert.match(asc, /^-----BEGIN PGP MESSAGE-----\n[\x20-\x7e\n]+-----END/);
        for (const text of [age, asc]) {
            assert.ok(!text.includes("the text"));
            assert.ok(!text.includes(Buffer.from("the text").toString("base64")));
        }
    });

    it("makes only the files somebody can open", async () => {
        assert.deepEqual((await to(ages)).paths, ["prod.yaml.age"]);
        assert.deepEqual((await to(blocks)).paths, ["prod.yaml.asc"]);
        assert.deepEqual((await to([...ages, ...blocks], { path: "a/sealed" })).paths, [
            "a/sealed",
            "a/sealed.asc",
        ]);
        const path = "prod.sops.yaml";
        assert.deepEqual((await to([...ages, ...blocks], { format: "sops", path })).paths, [path]);
    });

    it("has another version for other readers, files or formats, not for another order", async () => {
        const { version } = await to([...ages, ...blocks]);
        assert.equal((await to([...ages, ...blocks].reverse())).version, version);
        const others = [
            await to(ages),
            await to([...ages, ...blocks.slice(1)]),
            await to([...ages, ...blocks], { path: "other.age" }),
            await to([...ages, ...blocks], { format: "sops" }),
        ].map((sealing) => sealing.version);
        assert.equal(new Set([version, ...others]).size, 5);
    });

    it("refuses to encrypt to nobody", () => {
        assert.throws(() => sealTo({ path: "x", format: "sealed" }, []), {
            message: "nothing to encrypt to: at least one recipient",
        });
    });
});

describe("fingerprint", () => {
    it("is the SHA-256 of the content as JSON", () => {
        // printf '["a",1]' | sha256sum
        assert.equal(
            fingerprint(["a", 1]),
            "135f17a475a61afdeeaf3759ad2e45ad1c7abb192395abe47e41fc8e395dc1a9",
        );
    });
});
