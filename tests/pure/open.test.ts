import assert from "node:assert/strict";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { openSealed } from "../../lib/open.ts";
import { seal } from "../../lib/seal.ts";

const identity = await generateIdentity();
const sealed = await seal("the text", [await identityToRecipient(identity)]);

describe("openSealed", () => {
    it("opens an age file with an identity file, its comments and blank lines left out", async () => {
        const age = `# created: 2026-11-21\n\n${await generateIdentity()}\n${identity}\n`;
        assert.equal(await openSealed(sealed, { age }), "the text");
    });

    it("says that no identity fits, without repeating it", async () => {
        await assert.rejects(openSealed(sealed, { age: await generateIdentity() }), {
            message:
                "the file cannot be opened with this age identity: no identity matched any of the file's recipients",
        });
    });

    it("says what an identity file must hold, without repeating what it holds", async () => {
        const message =
            "this is no age identity file: it must hold lines that begin with AGE-SECRET-KEY-";
        for (const age of ["", "# nothing", "AGE-SECRET-KEY-1SHORT", "age1public"]) {
            await assert.rejects(openSealed(sealed, { age }), { message });
        }
    });

    it("says which key is needed when it is not given", async () => {
        await assert.rejects(openSealed(sealed, {}), {
            message: "an age identity is needed to open this file",
        });
    });
});
