import assert from "node:assert/strict";
import fc from "fast-check";
import { secret } from "../../../kinds/senders/secret.ts";
import type { SecretKeys } from "../../../kinds/senders/secretSnippets.ts";
import type { Login } from "../../../settings/schema.ts";

const TARGET = { name: "central", url: "https://push.example/api/v1/write" };
const GENERATION = { value: "v-0123456789" };

function complete(keys: SecretKeys, login: Login = {}) {
    const given = secret.settings.parse({ keys }) as Parameters<typeof secret.complete>[0];
    const read = () => assert.fail("it reads no file");
    return {
        name: "alloy",
        kind: "secret",
        namespace: "monitoring",
        secret: "remote-write",
        receiver: "central",
        ...secret.complete(given, { name: "alloy", key: "senders[0]", login, read }),
    };
}

const basic = { username: "edge" };
const own = { usernames: "generation" } as const;

describe("secret", () => {
    it("puts each into the key that is named for it", () => {
        const rows: readonly (readonly [SecretKeys, Login, object])[] = [
            [{ token: "t" }, {}, { t: GENERATION.value }],
            [{ authorization: "h" }, {}, { h: `Bearer ${GENERATION.value}` }],
            [{ password: "p" }, basic, { p: GENERATION.value }],
            [{ username: "u", password: "p" }, basic, { u: "edge", p: GENERATION.value }],
            [{ authorization: "h" }, basic, { h: `Basic ${btoa(`edge:${GENERATION.value}`)}` }],
        ];
        for (const [keys, login, files] of rows) {
            const target = { ...TARGET, ...login };
            assert.deepEqual(secret.credential(complete(keys, login), target, GENERATION), files);
        }
    });

    it("puts the username of the generation there, where each has its own", () => {
        const settings = complete({ username: "u", password: "p", authorization: "h" }, own);
        const generation = { ...GENERATION, username: "prometheus-2027" };
        assert.deepEqual(secret.credential(settings, { ...TARGET, ...own }, generation), {
            u: "prometheus-2027",
            p: GENERATION.value,
            h: `Basic ${btoa(`prometheus-2027:${GENERATION.value}`)}`,
        });
    });

    it("reads back what it puts anywhere", () => {
        const value = fc.stringMatching(/^[ -~]{8,40}$/);
        const forms = fc.constantFrom<readonly [SecretKeys, Login]>(
            [{ token: "a" }, {}],
            [{ authorization: "a" }, {}],
            [{ password: "a" }, basic],
            [{ username: "a", authorization: "b" }, basic],
        );
        fc.assert(
            fc.property(value, forms, (one, [keys, login]) => {
                const settings = complete(keys, login);
                const files = secret.credential(settings, { ...TARGET, ...login }, { value: one });
                assert.equal(secret.valueIn(settings, files), one.trim());
            }),
        );
    });

    it("takes a header of another scheme, which somebody wrote, for somebody's", () => {
        const settings = complete({ authorization: "h" });
        assert.equal(secret.valueIn(settings, { h: "ApiKey abc" }), "ApiKey abc");
    });

    const refusals: readonly (readonly [string, SecretKeys, Login, RegExp])[] = [
        ["none of them", { username: "u" }, basic, /^senders\[0\]: keys must name password/],
        ["one key for two", { token: "t", authorization: "t" }, {}, /: t is named for two/],
        ["a token for a password", { token: "t" }, basic, /keys\.token is for a bearer token/],
        ["a password for a token", { password: "p" }, {}, /basic authentication/],
        ["no username a generation", { password: "p" }, own, /keys\.username is missing/],
    ];
    for (const [what, keys, login, message] of refusals) {
        it(`refuses ${what}`, () => {
            assert.throws(() => complete(keys, login), { message });
        });
    }

    it("takes a key of a Secret for a key, and nothing else", () => {
        for (const token of ["", ".", "..", "a/b", "a b"]) {
            assert.ok(!secret.settings.safeParse({ keys: { token } }).success, token);
        }
        assert.ok(secret.settings.safeParse({ keys: { token: "API_token-1.txt" } }).success);
    });
});
