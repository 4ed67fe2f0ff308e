import assert from "node:assert/strict";
import fc from "fast-check";
import { printable, printableLines } from "../../text/printable.ts";

describe("printable", () => {
    const unseen: Readonly<Record<string, readonly [string, string]>> = {
        "an escape sequence": ["\u001b[2Jx", String.raw`\u001b[2Jx`],
        "one of a single byte": ["\u009b2Jx", String.raw`\u009b2Jx`],
        "a line break": ["a\r\nb", String.raw`a\u000d\u000ab`],
        "marks of direction": ["a\u202eb\u2066", String.raw`a\u202eb\u2066`],
        "what has no width": ["a\u200bb", String.raw`a\u200bb`],
        "a separator of lines": ["a\u2028b", String.raw`a\u2028b`],
        "a tag beyond 16 bits": ["a\u{e0041}b", String.raw`a\udb40\udc41b`],
    };
    for (const [what, [text, shown]] of Object.entries(unseen)) {
        it(`shows ${what}`, () => {
            assert.equal(printable(text), shown);
        });
    }

    it("leaves letters of all scripts as they are", () => {
        for (const text of ["abc 123", "Grüße", "日本語", "👍"])
            assert.equal(printable(text), text);
    });

    it("makes one line of anything, and the same of that", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                const shown = printable(text);
                assert.match(shown, /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
                assert.equal(printable(shown), shown);
            }),
        );
    });

    it("keeps JSON what it was", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                const json = printableLines(JSON.stringify({ text }, undefined, 4));
                assert.deepEqual(JSON.parse(json), { text });
            }),
        );
    });
});
