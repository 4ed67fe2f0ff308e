import assert from "node:assert/strict";
import { collector, collectorConfiguration } from "../../../kinds/senders/collector.ts";

const TARGET = { name: "central", url: "https://push.example/api/v1/write" };

function complete(version: string, allowRestart = false) {
    const read = () => assert.fail("it reads no file");
    const surroundings = { name: "edge", key: "senders[0]", login: {}, read };
    return collector.complete({ version, allowRestart }, surroundings);
}

describe("opentelemetry-collector", () => {
    for (const version of ["0.100.0", "0.138.0", "0.158.0", "v0.165.1", "1.0.0"]) {
        it(`takes ${version}, which sees that its Secret changes`, () => {
            assert.equal(complete(version).rereads, true);
        });
    }

    for (const version of ["0.139.0", "v0.157.3"]) {
        it(`refuses ${version}, unless it is restarted after every rotation`, () => {
            const message = new RegExp(`^senders\\[0\\]: version ${version} may not see`);
            assert.throws(() => complete(version), { message });
            assert.equal(complete(version, true).rereads, false);
        });
    }

    it("takes nothing but a release for one", () => {
        for (const version of ["latest", "0.158", "0.158.0-rc1"]) {
            assert.ok(!collector.settings.safeParse({ version }).success, version);
        }
    });
});

describe("collectorConfiguration", () => {
    const extensionOf = (login: object) =>
        (collectorConfiguration({ ...TARGET, ...login }, "/c") as { extensions: object })
            .extensions;

    it("reads a token, a password, or a username and a password from files", () => {
        assert.deepEqual(extensionOf({}), { "bearertokenauth/central": { filename: "/c/token" } });
        assert.deepEqual(extensionOf({ username: "edge" }), {
            "basicauth/central": {
                client_auth: { username: "edge", password_file: "/c/token" },
            },
        });
        assert.deepEqual(extensionOf({ usernames: "generation" }), {
            "basicauth/central": {
                client_auth: { username_file: "/c/username", password_file: "/c/token" },
            },
        });
    });
});
