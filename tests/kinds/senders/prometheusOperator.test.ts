import assert from "node:assert/strict";
import { parse } from "yaml";
import {
    type OperatorSettings,
    prometheusOperator,
} from "../../../kinds/senders/prometheusOperator.ts";
import type { Login } from "../../../settings/schema.ts";

const TARGET = { name: "central", url: "https://push.example/api/v1/write" };

function complete(by: "key" | "file", login: Login = {}): OperatorSettings {
    const given = { resource: { kind: "PrometheusAgent", name: "k8s" }, by } as const;
    const read = () => assert.fail("it reads no file");
    return {
        name: "edge",
        kind: "prometheus-operator",
        namespace: "monitoring",
        secret: "credential",
        receiver: "central",
        ...prometheusOperator.complete(given, { name: "edge", key: "senders[0]", login, read }),
    };
}

/** What is missing in a resource, for who refers to it so. */
function missing(resource: unknown, by: "key" | "file", login: Login = {}): string | undefined {
    const reader = prometheusOperator.reader?.(complete(by, login), { ...TARGET, ...login });
    return reader?.missing(resource);
}

const basic = { username: "edge" };
const entry = (more: object) => ({ name: "central", url: TARGET.url, ...more });

describe("prometheus-operator", () => {
    it("has a username and a password in its Secret, or a token", () => {
        const files = (login: Login) =>
            prometheusOperator.credential(
                complete("key", login),
                { ...TARGET, ...login },
                { value: "v" },
            );
        assert.deepEqual(files({}), { token: "v" });
        assert.deepEqual(files(basic), { username: "edge", password: "v" });
    });

    it("misses nothing in a resource as it tells people to write it", () => {
        for (const [by, login] of [
            ["file", {}],
            ["key", {}],
            ["key", basic],
        ] as const) {
            const settings = complete(by, login);
            const told = prometheusOperator.snippets(settings, { ...TARGET, ...login }).at(-1);
            assert.equal(missing(parse(told?.text ?? ""), by, login), undefined);
        }
    });

    it("says what in a resource does not refer to the Secret", () => {
        const credentialsFile = "/etc/prometheus/secrets/credential/token";
        const other = { credentials: { name: "other", key: "token" } };
        const rows: readonly (readonly [object, "key" | "file", string])[] = [
            [{}, "file", `has no remoteWrite to ${TARGET.url}`],
            [
                { remoteWrite: [{ url: "https://other" }] },
                "key",
                `has no remoteWrite to ${TARGET.url}`,
            ],
            [
                { remoteWrite: [entry({ authorization: { credentialsFile } })] },
                "file",
                "does not list credential in secrets",
            ],
            [
                { remoteWrite: [entry({ authorization: other })] },
                "key",
                `does not refer to Secret credential in the authorization of its remoteWrite to ${TARGET.url}`,
            ],
        ];
        for (const [spec, by, words] of rows) assert.equal(missing({ spec }, by), words);
    });

    it("refuses what would restart the queue, and what the operator cannot read", () => {
        assert.throws(() => complete("key", { usernames: "generation" }), {
            message: /^senders\[0\]: the operator writes usernames into the configuration/,
        });
        assert.throws(() => complete("file", basic), {
            message: "senders[0]: the operator reads no password from a file: set by: key",
        });
    });
});
