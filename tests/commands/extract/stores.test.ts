// Files as Pulumi and Helm write them. What the real pulumi exports: pulumiState.engine.test.ts.
import assert from "node:assert/strict";
import { helm } from "../../../commands/extract/helmValues.ts";
import { pulumi } from "../../../commands/extract/pulumiState.ts";
import { find } from "../../support/madeUpMachine.ts";

const SIGNED = (field: object) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    ...field,
});

const EXPORT = (seal: (value: unknown) => object) => ({
    version: 3,
    deployment: {
        resources: [
            {
                urn: "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
                outputs: { token: seal("s1") },
            },
            {
                urn: "urn:pulumi:dev::p::my:index:C$random:index/randomPassword:RandomPassword::push",
                outputs: { result: seal("s2") },
                modified: "2026-11-11T12:00:00Z",
            },
            {
                urn: "urn:pulumi:dev::p::kubernetes:core/v1:Secret::rw",
                outputs: { data: seal({ username: "cHVzaA==", password: "czM=" }) },
            },
        ],
    },
});

describe("pulumi", () => {
    it("finds outputs, passwords and Secrets of an export with its secrets", async () => {
        const content = EXPORT((value) => SIGNED({ plaintext: JSON.stringify(value) }));
        assert.deepEqual(await find(pulumi, content), [
            ["f: pulumi:pulumi:Stack p-dev: token", "bearer token", undefined, "s1"],
            [
                "f: random:index/randomPassword:RandomPassword push: result",
                "bearer token",
                undefined,
                "s2",
            ],
            ["f: kubernetes:core/v1:Secret rw: data.password", "basic auth", "push", "s3"],
        ]);
    });

    it("refuses an export whose secrets are encrypted, and what is none", async () => {
        await assert.rejects(
            find(
                pulumi,
                EXPORT(() => SIGNED({ ciphertext: "v1:x" })),
            ),
            {
                message:
                    "/f has its secrets encrypted: run pulumi stack export --show-secrets --file /f, and remove it afterwards",
            },
        );
        await assert.rejects(find(pulumi, {}), {
            message: "/f is no export: give what pulumi stack export wrote",
        });
    });
});

describe("helm", () => {
    it("names the Secret to ask for, and finds what is in the values", async () => {
        const values = `
kube-prometheus-stack:
  prometheus:
    prometheusSpec:
      remoteWrite:
        - url: https://a
          basicAuth: { username: { name: rw, key: user }, password: { name: rw, key: pass } }
        - url: https://b
          authorization: { credentials: { name: made, key: token } }
        - url: https://c
          bearerToken: inline-1
  extraManifests:
    - { apiVersion: v1, kind: Secret, metadata: { name: made }, stringData: { token: inline-2 } }
server:
  remoteWrite:
    - url: https://d
      basic_auth: { username: u, password: inline-3 }
extraArgs:
  remoteWrite.basicAuth.username: u
  remoteWrite.basicAuth.password: inline-4
`;
        const at = "f: kube-prometheus-stack.prometheus.prometheusSpec.remoteWrite";
        assert.deepEqual(await find(helm, values, { namespace: "mon" }), [
            [
                `${at}[0].basicAuth.password (Secret rw, key pass)`,
                "basic auth",
                undefined,
                "it is in the Secret rw, key pass: npm run extract -- kubernetes mon/rw:pass",
            ],
            [
                `${at}[1].authorization.credentials (Secret made, key token)`,
                "bearer token",
                undefined,
                "inline-2",
            ],
            [`${at}[2].bearerToken`, "bearer token", undefined, "inline-1"],
            ["f: server.remoteWrite[0].basic_auth.password", "basic auth", "u", "inline-3"],
            ["f: extraArgs -remoteWrite.basicAuth.password", "basic auth", "u", "inline-4"],
        ]);
    });

    it("follows additionalRemoteWrite to the extraSecret of the chart", async () => {
        const values = `
prometheus:
  extraSecret:
    name: push
    data: { user: edge, password: p1, token: t1 }
  prometheusSpec:
    additionalRemoteWrite:
      - url: https://a
        basicAuth: { username: { name: push, key: user }, password: { name: push, key: password } }
      - url: https://b
        authorization: { credentials: { name: push, key: token } }
      - url: https://c
        oauth2: { clientId: { secret: { name: app, key: id } }, clientSecret: { name: app, key: secret } }
`;
        const at = "f: prometheus.prometheusSpec.additionalRemoteWrite";
        assert.deepEqual(await find(helm, values), [
            [`${at}[0].basicAuth.password (Secret push, key password)`, "basic auth", "edge", "p1"],
            [
                `${at}[1].authorization.credentials (Secret push, key token)`,
                "bearer token",
                undefined,
                "t1",
            ],
            [
                `${at}[2].oauth2.clientSecret (Secret app, key secret)`,
                "OAuth2 client secret",
                undefined,
                "it is in the Secret app, key secret: npm run extract -- kubernetes <namespace>/app:secret",
            ],
        ]);
    });
});
