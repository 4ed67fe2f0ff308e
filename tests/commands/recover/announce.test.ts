import assert from "node:assert/strict";
import { stringify } from "yaml";
import { announce } from "../../../commands/recover/announce.ts";
import type { Recovered } from "../../../mirror/manifest.ts";

const THIEF = "http://thief.example:8480/insert";

/** What is said of manifests whose one Secret, a receiver's, has this content. */
function announced(auth: object, value = "a credential"): readonly string[] {
    const metadata = { name: "central-auth", namespace: "receiving", annotations: {} };
    const kind = { apiVersion: "v1", kind: "Secret", type: "Opaque" } as const;
    const recovered: Recovered = {
        ...{ current: "a", accepted: [{ label: "a", value }], username: undefined },
        secrets: [{ ...kind, metadata, stringData: { "auth.yml": stringify(auth) } }],
    };
    const sealed = { path: "prod.yaml.age", record: undefined, labels: undefined, text: "" };
    const choice = {
        ...{ sealed: { ...sealed, commit: undefined, at: undefined, message: "" } },
        ...{ generation: undefined, warning: undefined },
    };
    const rest = { stack: "prod", output: "manifests", url: "", signed: false } as const;
    return announce({ ...rest, choice, recovered });
}

const user = (route: object, value = "a credential") => ({
    name: "a",
    bearer_token: value,
    ...route,
});

describe("announce", () => {
    const first = "Recovering a of stack prod";
    const secret = "  Secret receiving/central-auth: auth.yml";

    it("names every address, wherever in the file it stands", () => {
        const auth = {
            users: [user({ url_map: [{ url_prefix: ["https://one.example/", THIEF] }] })],
            unauthorized_user: { default_url: "http://anybody.example" },
        };
        assert.deepEqual(announced(auth), [
            first,
            `${secret}, to https://one.example, ${THIEF}, http://anybody.example`,
        ]);
    });

    it("shows neither a credential that looks like an address, nor what is secret in one", () => {
        const value = "https://is-a-password.example";
        const auth = {
            users: [user({ url_prefix: "https://ada:hunter2@one.example/a?key=b" }, value)],
        };
        assert.deepEqual(announced(auth, value), [first, `${secret}, to https://one.example/a`]);
    });

    it("hides no address because a forged credential is the same", () => {
        const auth = { users: [user({ url_prefix: THIEF }, THIEF)] };
        assert.deepEqual(announced(auth, THIEF), [first, `${secret}, to ${THIEF}`]);
    });

    it("shows what a terminal would obey in glyphs", () => {
        const auth = { users: [user({ url_prefix: "x://\u001b[2J\u202e" })] };
        const [, line = ""] = announced(auth);
        assert.match(line, /^[^\p{Cc}\p{Cf}]*$/u);
    });
});
