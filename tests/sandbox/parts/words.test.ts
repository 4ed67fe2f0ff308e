import assert from "node:assert/strict";
import { execa } from "execa";
import { codeOf, messageOf, quote, reasonOf } from "../../../sandbox/parts/words.ts";

describe("messageOf", () => {
    it("is what an error says, or what was thrown instead of one", () => {
        assert.equal(messageOf(new Error("no", { cause: new Error("why") })), "no");
        assert.equal(messageOf("no"), "no");
    });
});

describe("reasonOf", () => {
    it("is what an error and each of its causes say", () => {
        const cause = new Error("no route", { cause: new Error("no network") });
        assert.equal(reasonOf(new Error("no", { cause })), "no: no route: no network");
        assert.equal(reasonOf(new Error("no", { cause: "none" })), "no");
    });
});

describe("codeOf", () => {
    it("is the code of an error that has one", () => {
        assert.equal(codeOf(Object.assign(new Error("no"), { code: "ENOENT" })), "ENOENT");
        assert.equal(codeOf(new Error("no")), undefined);
        assert.equal(codeOf(undefined), undefined);
    });
});

describe("quote", () => {
    it("makes one word of anything, as the shell reads it", async () => {
        for (const word of ["", "it's", '$HOME `id` "*" \\', "a\nb"]) {
            const { stdout } = await execa("/bin/sh", ["-c", `printf %s ${quote(word)}`]);
            assert.equal(stdout, word);
        }
    });
});
