import assert from "node:assert/strict";
import fc from "fast-check";
import { Scanner } from "./scan.ts";

const SECRET = fc.stringMatching(/^[A-Za-z0-9+/=_.-]{32,72}$/);

describe("Scanner", () => {
    it("finds each secret wherever it stands, whatever is around it", () => {
        const text = fc.string({ unit: "binary-ascii", maxLength: 100 });
        fc.assert(
            fc.property(fc.array(SECRET, { minLength: 1 }), text, text, (all, before, after) => {
                const [secret = ""] = all;
                const known = new Map(all.map((one, index) => [one, String(index)]));
                const found = new Scanner(known).find([["here", before + secret + after]]);
                assert.ok(found.includes(`here: ${known.get(secret) ?? ""} as plain text`));
            }),
        );
    });

    it("finds it as base64 shows it at any place", () => {
        const bytes = fc.uint8Array({ maxLength: 50 }).map((part) => Buffer.from(part));
        fc.assert(
            fc.property(SECRET, bytes, bytes, (secret, before, after) => {
                const whole = Buffer.concat([before, Buffer.from(secret), after]);
                const scanner = new Scanner(new Map([[secret, "it"]]));
                const [found] = scanner.find([["here", whole.toString("base64")]]);
                assert.equal(found, "here: it as base64");
            }),
        );
    });

    it("finds nothing where a part of it stands", () => {
        fc.assert(
            fc.property(SECRET, (secret) => {
                const scanner = new Scanner(new Map([[secret, "it"]]));
                assert.deepEqual(scanner.find([["here", secret.slice(1)]]), []);
            }),
        );
    });
});
