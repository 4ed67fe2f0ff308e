// Resources as the Prometheus operator defines them, read from a pretended cluster. What a real one
// answers, and lets an identity see: kubernetesObjects.engine.test.ts.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { choose } from "../../../commands/extract/choose.ts";
import { createKubernetes } from "../../../commands/extract/kubernetesObjects.ts";
import type { Candidate } from "../../../commands/extract/place.ts";
import { brief, pretend } from "../../support/madeUpMachine.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A Secret with these keys. */
function secret(texts: Readonly<Record<string, string>>): object {
    const data = Object.fromEntries(
        Object.entries(texts).map(([key, text]) => [key, base64(text)]),
    );
    return { metadata: { creationTimestamp: "2026-11-11T12:00:00Z" }, data };
}

/** What a source finds by following a resource whose remoteWrite has these entries. */
async function follow(
    object: string,
    remoteWrite: readonly object[],
    secrets: Readonly<Record<string, object | Error>>,
): Promise<readonly Candidate[]> {
    const read = (kind: string, _namespace: string, name: string) => {
        if (kind !== "Secret") return Promise.resolve({ spec: { remoteWrite } });
        const one = secrets[name] ?? new Error(`there is no Secret mon/${name}`);
        return one instanceof Error ? Promise.reject(one) : Promise.resolve(one);
    };
    const source = createKubernetes(() => Promise.resolve(read));
    return source.find([object], {}, pretend({}));
}

const key = (name: string, one: string) => ({ name, key: one });

describe("kubernetes", () => {
    it("follows every kind of reference of a PrometheusAgent", async () => {
        const all = secret({ user: "edge", pass: "p1", token: "t1", id: "app", secret: "o1" });
        const sigv4 = { accessKey: key("aws", "id"), secretKey: key("aws", "key"), region: "eu" };
        const found = await follow(
            "prometheusagent/mon/edge",
            [
                {
                    url: "a",
                    basicAuth: { username: key("all", "user"), password: key("all", "pass") },
                },
                { url: "b", authorization: { type: "Bearer", credentials: key("all", "token") } },
                {
                    url: "c",
                    oauth2: {
                        clientId: { secret: key("all", "id") },
                        clientSecret: key("all", "secret"),
                        tokenUrl: "https://idp/token",
                    },
                },
                { url: "d", sigv4 },
            ],
            { all, aws: secret({ id: "AKIA", key: "s1" }) },
        );
        const at = "PrometheusAgent mon/edge: spec.remoteWrite";
        assert.deepEqual(found.map(brief), [
            [`${at}[0].basicAuth.password (Secret all, key pass)`, "basic auth", "edge", "p1"],
            [
                `${at}[1].authorization.credentials (Secret all, key token)`,
                "bearer token",
                undefined,
                "t1",
            ],
            [
                `${at}[2].oauth2.clientSecret (Secret all, key secret)`,
                "OAuth2 client secret",
                "app",
                "o1",
            ],
            [`${at}[3].sigv4.secretKey (Secret aws, key key)`, "SigV4 secret key", "AKIA", "s1"],
        ]);
    });

    it("takes basic authentication out of an authorization of that type", async () => {
        const credentials = key("rw", "header");
        const entries = ["Basic", "basic", "Token"].map((type) => ({
            url: "a",
            authorization: { type, credentials },
        }));
        const found = await follow("prometheus/mon/k8s", entries, {
            rw: secret({ header: base64("edge:p:1") }),
        });
        assert.deepEqual(
            found.map(({ kind, username, value }) => [kind, username, value]),
            [
                ["basic auth", "edge", "p:1"],
                ["basic auth", "edge", "p:1"],
                ["custom header", undefined, `Token ${base64("edge:p:1")}`],
            ],
        );
    });

    it("shows what it may see when another Secret is refused, absent, or lacks the key", async () => {
        const entry = (name: string) => ({
            url: "a",
            authorization: { credentials: key(name, "token") },
        });
        const refused = "this identity may not get the Secret mon/closed";
        const names = ["closed", "gone", "other", "open"];
        const found = await follow("prometheus/mon/k8s", names.map(entry), {
            closed: new Error(refused),
            other: secret({ pass: "p1" }),
            open: secret({ token: "t1" }),
        });
        assert.deepEqual(
            found.map(({ value, missing }) => value ?? missing),
            [
                refused,
                "there is no Secret mon/gone",
                "the Secret mon/other has no key token: it has pass",
                "t1",
            ],
        );
        assert.equal(choose(found, "4").value, "t1");
        assert.throws(() => choose(found, "1"), { message: new RegExp(`${refused}$`) });
    });

    it("does not know a username that may not be seen", async () => {
        const basicAuth = { username: key("closed", "user"), password: key("open", "pass") };
        const found = await follow("prometheus/mon/k8s", [{ url: "a", basicAuth }], {
            closed: new Error("refused"),
            open: secret({ pass: "p1" }),
        });
        assert.throws(() => choose(found, undefined), {
            message:
                "Prometheus mon/k8s: spec.remoteWrite[0].basicAuth.password (Secret open, key pass) cannot be adopted: " +
                "the username that belongs to it is not there: give it with --username",
        });
    });

    const CONFIGURATION =
        "remote_write: [{ url: https://a, basic_auth: { username: edge, password: p1 } }]\n";

    /** What a source finds where each object of the cluster is one of these, by kind and name. */
    async function ask(given: string, objects: Readonly<Record<string, object>>) {
        const read = (kind: string, _namespace: string, name: string) => {
            const one = objects[`${kind} ${name}`];
            return one ? Promise.resolve(one) : Promise.reject(new Error(`there is no ${name}`));
        };
        const found = await createKubernetes(() => Promise.resolve(read)).find(
            [given],
            {},
            pretend({}),
        );
        return found.map(brief);
    }

    it("reads a whole configuration in a ConfigMap", async () => {
        const data = { "prometheus.yml": CONFIGURATION };
        assert.deepEqual(
            await ask("configmap/mon/prometheus", {
                "ConfigMap prometheus": { kind: "ConfigMap", data },
            }),
            [
                [
                    "ConfigMap mon/prometheus: data.prometheus.yml: remote_write[0].basic_auth.password",
                    "basic auth",
                    "edge",
                    "p1",
                ],
            ],
        );
    });

    it("reads a whole configuration in a Secret, compressed as the operator keeps it", async () => {
        const packed = { "prometheus.yaml.gz": gzipSync(CONFIGURATION).toString("base64") };
        assert.deepEqual(await ask("mon/k8s", { "Secret k8s": { data: packed } }), [
            [
                "Secret mon/k8s:prometheus.yaml.gz: remote_write[0].basic_auth.password",
                "basic auth",
                "edge",
                "p1",
            ],
        ]);
    });

    it("follows a VMAgent, also to a file that its operator mounts", async () => {
        const spec = {
            remoteWrite: [
                { url: "a", bearerTokenSecret: key("rw", "token") },
                { url: "b", bearerTokenFile: "/etc/vm/secrets/rw/other" },
            ],
        };
        const rw = secret({ token: "t1", other: "t2" });
        const at = "VMAgent mon/edge: spec.remoteWrite";
        assert.deepEqual(
            await ask("vmagent/mon/edge", { "VMAgent edge": { spec }, "Secret rw": rw }),
            [
                [
                    `${at}[0].bearerTokenSecret (Secret rw, key token)`,
                    "bearer token",
                    undefined,
                    "t1",
                ],
                [`${at}[1].bearerTokenFile`, "bearer token", undefined, "t2"],
            ],
        );
    });
});
