// Files as Terraform, Pulumi and Helm write them. Does not prove what a cluster answers: tests/engine/sourceKubernetes.test.ts.
import assert from "node:assert/strict";
import fc from "fast-check";
import { helm } from "../../../lib/sources/helm.ts";
import { pulumi } from "../../../lib/sources/pulumi.ts";
import type { Source } from "../../../lib/sources/source.ts";
import { terraform } from "../../../lib/sources/terraform.ts";
import { brief, pretend, told } from "./machine.ts";

async function find(
    source: Source,
    content: unknown,
    options: Record<string, string> = {},
): Promise<unknown[]> {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return (await source.find(["/f"], options, pretend({ "/f": text }))).map(brief);
}

const STATE = (secret: string) => ({
    version: 4,
    terraform_version: "1.9.8",
    resources: [
        {
            module: "module.push",
            mode: "managed",
            type: "random_password",
            name: "push",
            instances: [
                { index_key: "eu", attributes: { length: 24, result: secret, id: "none" } },
            ],
        },
        {
            mode: "managed",
            type: "kubernetes_secret_v1",
            name: "rw",
            instances: [{ attributes: { data: { username: "push", password: secret } } }],
        },
    ],
    outputs: {
        push_password: { value: secret, type: "string", sensitive: true },
        push_username: { value: "push", type: "string" },
        url: { value: "https://a", type: "string" },
    },
});

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

describe("terraform", () => {
    it("finds passwords, Secrets and sensitive outputs of a state", async () => {
        assert.deepEqual(await find(terraform, STATE("s1")), [
            ['f: module.push.random_password.push["eu"].result', "bearer token", undefined, "s1"],
            ["f: kubernetes_secret_v1.rw.data.password", "basic auth", "push", "s1"],
            ["f: output.push_password", "basic auth", "push", "s1"],
        ]);
    });

    it("finds them in nested modules of show -json", async () => {
        const resource = (address: string) => ({
            address,
            type: "random_password",
            values: { result: "s1" },
        });
        const child = { resources: [resource("module.a.module.b.random_password.x")] };
        const root_module = { child_modules: [{ child_modules: [child] }] };
        const place = "f: module.a.module.b.random_password.x.result";
        for (const shown of [
            { values: { root_module } },
            { prior_state: { values: { root_module } } },
        ]) {
            assert.deepEqual(await find(terraform, { format_version: "1.0", ...shown }), [
                [place, "bearer token", undefined, "s1"],
            ]);
        }
    });

    it("takes an address, and refuses one that is not there", async () => {
        const address = "kubernetes_secret_v1.rw.data.username";
        assert.equal((await find(terraform, STATE("s1"), { address })).length, 1);
        await assert.rejects(find(terraform, STATE("s1"), { address: "random_password.no" }), {
            message: "/f has no text at random_password.no: give resource and attribute",
        });
    });

    it("refuses what it cannot read, without quoting it", async () => {
        const refusals: [unknown, string][] = [
            ['{"a": s3cr3t', "/f is no JSON: check that it is whole, and the right file"],
            [{}, "/f is no state: give terraform.tfstate or the output of show -json"],
            [
                { encrypted_data: "x", encryption_version: "v0" },
                "/f is encrypted by OpenTofu: give the output of tofu show -json, run where its key is",
            ],
            [
                { version: 3, terraform_version: "0.11.0" },
                "/f is a state of version 3, not 4: give the output of terraform show -json",
            ],
        ];
        for (const [state, message] of refusals) {
            await assert.rejects(find(terraform, state), { message });
        }
    });

    it("tells all but the value", async () => {
        await fc.assert(
            fc.asyncProperty(fc.stringMatching(/^[!-~]{16,40}$/), async (value) => {
                const machine = pretend({ "/f": JSON.stringify(STATE(value)) });
                const found = await terraform.find(["/f"], {}, machine);
                assert.deepEqual(
                    found.map((one) => one.value),
                    [value, value, value],
                );
                assert.ok(!told(found).includes(value));
            }),
        );
    });
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
});
