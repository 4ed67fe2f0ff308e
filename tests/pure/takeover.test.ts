import assert from "node:assert/strict";
import { mayRewriteReceiver, maySwitchSender } from "../../lib/takeover.ts";

describe("maySwitchSender", () => {
    const cases: readonly (readonly [
        string,
        Record<string, string>,
        string | undefined,
        boolean,
    ])[] = [
        ["the adopted credential alone", { token: "old\n" }, "old", true],
        ["another credential", { token: "other" }, "old", false],
        ["more than the adopted credential", { token: "old", other: "x" }, "old", false],
        ["a credential when none is adopted", { token: "old" }, undefined, false],
        ["nothing", {}, undefined, true],
    ];
    for (const [what, live, adopted, expected] of cases) {
        it(`${expected ? "allows" : "refuses"} to write over ${what}`, () => {
            assert.equal(maySwitchSender(live, adopted), expected);
        });
    }
});

describe("mayRewriteReceiver", () => {
    const auth = (text: string) => ({ "auth.yml": text });
    const cases: readonly (readonly [string, Record<string, string>, boolean])[] = [
        [
            "a user of the adopted credential",
            auth("users: [{bearer_token: old, url_prefix: http://s}]"),
            true,
        ],
        ["no users", auth("users: []"), true],
        ["another user", auth("users: [{bearer_token: old}, {bearer_token: other}]"), false],
        ["a user with a password", auth("users: [{username: u, password: old}]"), false],
        ["a part for everybody", auth("unauthorized_user: {url_prefix: http://s}"), false],
        ["another file", { "nginx.conf": "" }, false],
    ];
    for (const [what, live, expected] of cases) {
        it(`${expected ? "allows" : "refuses"} to write over ${what}`, () => {
            assert.equal(mayRewriteReceiver(live, "old"), expected);
        });
    }
});
