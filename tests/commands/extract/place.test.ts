import assert from "node:assert/strict";
import fc from "fast-check";
import {
    daysSince,
    describe as describeFound,
    estimateBits,
    type Candidate,
    parseAuthorization,
    refusal,
    render,
} from "../../../commands/extract/place.ts";
import { told } from "../../support/madeUpMachine.ts";

const found: Candidate = {
    place: "prometheus.yml: remote_write[0].basic_auth.password",
    kind: "basic auth",
    username: "push",
    value: "q7mKx2vR9tLw4zNp",
    age: 412,
    plaintext: true,
    advice: "rotate it",
};

describe("describe and render", () => {
    it("say everything but the value", () => {
        assert.deepEqual(describeFound(found, 2), {
            number: 2,
            place: "prometheus.yml: remote_write[0].basic_auth.password",
            kind: "basic auth",
            username: "push",
            length: 16,
            bits: 95,
            ageDays: 412,
            plaintext: true,
            advice: "rotate it",
        });
        assert.equal(
            render(describeFound(found, 2)),
            [
                "  2  prometheus.yml: remote_write[0].basic_auth.password",
                "     basic auth, username push, 16 characters, about 95 bits at best, written 412 days ago",
                "     warning: it stands there in plain text",
                "     advice: rotate it",
            ].join("\n"),
        );
    });

    it("leave out what is not known, and say why it cannot be adopted", () => {
        const elsewhere: Candidate = {
            place: "a: b",
            kind: "bearer token",
            missing: "it is masked",
            plaintext: false,
        };
        assert.deepEqual(describeFound(elsewhere, 1), {
            number: 1,
            place: "a: b",
            kind: "bearer token",
            plaintext: false,
            refused: "it is masked",
        });
        assert.equal(
            render(describeFound(elsewhere, 1)),
            "  1  a: b\n     bearer token\n     cannot be adopted: it is masked",
        );
    });

    it("do not show a username that gives the password away", () => {
        assert.ok(!told([{ ...found, username: "q7mKx2vR9tLw4zNp" }]).includes("q7mKx2"));
    });

    it("show nothing that a terminal would obey", () => {
        const hostile = { ...found, place: "a: \u001b[2J", username: "u\n\u0007" };
        assert.equal(
            render(describeFound(hostile, 1)).split("\n").slice(0, 2).join("\n"),
            "  1  a: ?[2J\n     basic auth, username u??, 16 characters, about 95 bits at best, written 412 days ago",
        );
    });

    it("never hold the value", () => {
        const value = fc.stringMatching(/^[A-Za-z0-9+/_-]{20,60}$/);
        fc.assert(
            fc.property(value, fc.constantFrom("basic auth", "bearer token"), (secret, kind) => {
                assert.ok(!told([{ ...found, kind, value: secret }]).includes(secret));
            }),
        );
    });
});

describe("estimateBits", () => {
    const estimates: readonly (readonly [string, number])[] = [
        ["", 0],
        ["aaaaaaaaaaaaaaaa", 19],
        ["12345678", 10],
        ["9f86d081884c7d65", 58],
        ["q7mKx2vR9tLw4zNp", 95],
        ["hunter2", 36],
    ];
    for (const [value, bits] of estimates) {
        it(`is ${bits} for "${value}"`, () => {
            assert.equal(estimateBits(value), bits);
        });
    }

    it("never says more than the characters could hold", () => {
        fc.assert(
            fc.property(fc.stringMatching(/^[!-~]{0,80}$/), (value) => {
                assert.ok(estimateBits(value) <= value.length * Math.log2(95));
            }),
        );
    });
});

describe("refusal", () => {
    const refused: readonly (readonly [string, Partial<Candidate>, string])[] = [
        ["an empty value", { value: "" }, "it is empty: look where it is really kept"],
        ["a line break", { value: "a\nb" }, "it holds a line break: remove that where it is kept"],
        [
            "what does not print",
            { value: "a\u0007b" },
            "it holds characters that do not print: remove them where it is kept",
        ],
        [
            "an invisible mark",
            { value: "\ufeffab" },
            "it holds characters that do not print: remove them where it is kept",
        ],
        [
            "a password without a username",
            { username: undefined },
            "the username that belongs to it is not there: give it with --username",
        ],
        [
            "a username with a colon",
            { username: "a:b" },
            "its username holds a colon or does not print",
        ],
        [
            "a username that is the password",
            { username: "q7mKx2vR9tLw4zNp" },
            "its username holds it, and would be kept in plain text",
        ],
        [
            "what is no bearer token",
            { kind: "bearer token", value: "a b" },
            "no bearer token looks like this (letters, digits and -._~+/ with = at the end): give --username if " +
                "it is a password",
        ],
        [
            "an OAuth2 client secret",
            { kind: "OAuth2 client secret" },
            "an OAuth2 client secret is exchanged for tokens at its identity provider: rotate it there",
        ],
        [
            "a SigV4 key",
            { kind: "SigV4 secret key" },
            "a SigV4 key belongs to AWS IAM, and signs each request: rotate it there, or use a role",
        ],
        [
            "a header",
            { kind: "custom header" },
            "receivers of this program take a bearer token or basic auth, no header of your own",
        ],
    ];
    for (const [what, change, reason] of refused) {
        it(`refuses ${what}`, () => {
            assert.equal(refusal({ ...found, ...change }), reason);
        });
    }

    for (const value of ["p@ss word", "pä55wörd", "12345"]) {
        it(`passes the password "${value}"`, () => {
            assert.equal(refusal({ ...found, value }), undefined);
        });
    }

    it("passes a bearer token", () => {
        assert.equal(
            refusal({ ...found, kind: "bearer token", value: "eyJ.a-b_c~+/==" }),
            undefined,
        );
    });
});

describe("parseAuthorization", () => {
    it("takes a bearer token out of its header", () => {
        assert.deepEqual(parseAuthorization("Bearer abc"), { kind: "bearer token", value: "abc" });
    });

    it("takes username and password out of theirs", () => {
        const header = `basic ${Buffer.from("push:a:b").toString("base64")}`;
        assert.deepEqual(parseAuthorization(header), {
            kind: "basic auth",
            username: "push",
            value: "a:b",
        });
    });

    for (const header of ["ApiKey abc", "abc", "Basic !!!"]) {
        it(`has ${header} for a header of its own`, () => {
            assert.deepEqual(parseAuthorization(header), { kind: "custom header", value: header });
        });
    }
});

describe("daysSince", () => {
    it("counts whole days, and none before", () => {
        const now = new Date("2026-11-21T12:00:00Z");
        assert.equal(daysSince(new Date("2026-11-19T13:00:00Z"), now), 1);
        assert.equal(daysSince(new Date("2026-11-22T12:00:00Z"), now), 0);
    });
});
