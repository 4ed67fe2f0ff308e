import assert from "node:assert/strict";
import { vmagentFlags } from "../../../kinds/senders/vmagent.ts";

const url = "https://push.example/api/v1/write";

describe("vmagentFlags", () => {
    it("reads a token, a password, or a username and a password from files", () => {
        const flags = (login: object) =>
            vmagentFlags({ url, ...login }, "/c")
                .slice(1)
                .map((flag) => flag.replace("-remoteWrite.", ""));
        assert.deepEqual(flags({}), ["bearerTokenFile=/c/token"]);
        assert.deepEqual(flags({ username: "edge" }), [
            "basicAuth.username=edge",
            "basicAuth.passwordFile=/c/token",
        ]);
        assert.deepEqual(flags({ usernames: "generation" }), [
            "basicAuth.usernameFile=/c/username",
            "basicAuth.passwordFile=/c/token",
        ]);
    });
});
