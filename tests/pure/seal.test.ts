import assert from "node:assert/strict";
import { armor, Decrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { fingerprint, recipientFault, seal } from "../../lib/seal.ts";

async function open(sealed: string, identity: string): Promise<string> {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    return decrypter.decrypt(armor.decode(sealed), "text");
}

describe("seal", () => {
    it("can be opened by each recipient alone, and by nobody else", async () => {
        const identities = [await generateIdentity(), await generateIdentity()];
        const recipients = await Promise.all(identities.map(identityToRecipient));
        const sealed = await seal("the text", recipients);
        for (const identity of identities) assert.equal(await open(sealed, identity), "the text");
        await assert.rejects(open(sealed, await generateIdentity()));
    });

    it("is ASCII armor without the text in it", async () => {
        const recipient = await identityToRecipient(await generateIdentity());
        const sealed = await seal("the text", [recipient]);
        assert.match(sealed, /^-----BEGIN AGE ENCRYPTED FILE-----\n[\x20-\x7e\n]+-----END/);
        assert.ok(!sealed.includes("the text"));
        assert.ok(!sealed.includes(Buffer.from("the text").toString("base64")));
    });

    it("refuses to encrypt to nobody", async () => {
        await assert.rejects(seal("the text", []), /at least one recipient/);
    });

    it("names the recipient it cannot read, not the text", async () => {
        await assert.rejects(seal("the text", ["age1nope"]), (error: Error) => {
            return error.message.includes("age1nope") && !error.message.includes("the text");
        });
    });
});

describe("recipientFault", () => {
    it("finds none in a public key", async () => {
        const recipient = await identityToRecipient(await generateIdentity());
        assert.equal(recipientFault(recipient), undefined);
    });

    it("says that a private key is one, without repeating it", async () => {
        const identity = await generateIdentity();
        const fault = recipientFault(identity) ?? "";
        assert.match(fault, /private key/);
        assert.ok(!fault.includes(identity.slice("AGE-SECRET-KEY-1".length)));
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
