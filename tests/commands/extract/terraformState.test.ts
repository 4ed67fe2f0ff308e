// States as Terraform and OpenTofu write and print them.
import assert from "node:assert/strict";
import fc from "fast-check";
import { findStandIn } from "../../../commands/extract/standIn.ts";
import { terraform } from "../../../commands/extract/terraformState.ts";
import { find, pretend, told } from "../../support/madeUpMachine.ts";

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

/**
 * All fields of https://developer.hashicorp.com/terraform/internals: a module with for_each, count,
 * a data source.
 */
const WRITTEN = {
    version: 4,
    terraform_version: "1.9.8",
    serial: 7,
    lineage: "6f4c3f2e-7c39-4f7a-9a57-2f0d2f6f4a11",
    outputs: {
        push: {
            value: { password: "s3", username: "edge" },
            type: ["object", { password: "string", username: "string" }],
            sensitive: true,
        },
        region: { value: "eu", type: "string" },
    },
    resources: [
        {
            mode: "data",
            type: "kubernetes_secret_v1",
            name: "rw",
            provider: 'provider["registry.terraform.io/hashicorp/kubernetes"]',
            instances: [
                {
                    schema_version: 0,
                    attributes: {
                        binary_data: null,
                        data: { password: "s2", username: "push" },
                        id: "monitoring/rw",
                        immutable: false,
                        metadata: [{ annotations: null, name: "rw", namespace: "monitoring" }],
                        type: "Opaque",
                    },
                    sensitive_attributes: [[{ type: "get_attr", value: "data" }]],
                },
            ],
        },
        {
            module: 'module.push["eu"]',
            mode: "managed",
            type: "random_password",
            name: "this",
            provider: 'provider["registry.terraform.io/hashicorp/random"]',
            instances: [
                {
                    index_key: 0,
                    schema_version: 3,
                    attributes: {
                        bcrypt_hash: "$2a$10$abcdefghijklmnopqrstuv",
                        id: "none",
                        keepers: null,
                        length: 2,
                        result: "s1",
                        special: false,
                    },
                    sensitive_attributes: [
                        [{ type: "get_attr", value: "bcrypt_hash" }],
                        [{ type: "get_attr", value: "result" }],
                    ],
                },
            ],
        },
    ],
    check_results: null,
};

/** The state representation of https://developer.hashicorp.com/terraform/internals/json-format. */
const SHOWN = {
    format_version: "1.0",
    terraform_version: "1.9.8",
    values: {
        outputs: { token: { sensitive: true, type: "string", value: "s1" } },
        root_module: {
            resources: [
                {
                    address: "random_password.rw",
                    mode: "managed",
                    type: "random_password",
                    name: "rw",
                    provider_name: "registry.terraform.io/hashicorp/random",
                    schema_version: 3,
                    values: { bcrypt_hash: "$2a$10$x", id: "none", length: 2, result: "s1" },
                    sensitive_values: { bcrypt_hash: true, result: true },
                },
            ],
            child_modules: [
                {
                    address: 'module.push["eu"]',
                    resources: [
                        {
                            address: 'module.push["eu"].kubernetes_secret_v1.rw',
                            mode: "managed",
                            type: "kubernetes_secret_v1",
                            name: "rw",
                            provider_name: "registry.terraform.io/hashicorp/kubernetes",
                            schema_version: 0,
                            values: { data: { token: "s2" }, type: "Opaque" },
                            sensitive_values: { data: true },
                        },
                    ],
                },
            ],
        },
    },
};

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

    it("reads a state as terraform 1.9 writes it", async () => {
        assert.deepEqual(await find(terraform, WRITTEN), [
            ["f: data.kubernetes_secret_v1.rw.data.password", "basic auth", "push", "s2"],
            [
                'f: module.push["eu"].random_password.this[0].result',
                "bearer token",
                undefined,
                "s1",
            ],
            ["f: output.push.password", "basic auth", "edge", "s3"],
        ]);
    });

    it("reads what terraform 1.9 prints as show -json", async () => {
        assert.deepEqual(await find(terraform, SHOWN), [
            ["f: random_password.rw.result", "bearer token", undefined, "s1"],
            [
                'f: module.push["eu"].kubernetes_secret_v1.rw.data.token',
                "bearer token",
                undefined,
                "s2",
            ],
            ["f: output.token", "bearer token", undefined, "s1"],
        ]);
    });

    it("takes an address, and refuses one that is not there", async () => {
        const address = "kubernetes_secret_v1.rw.data.username";
        assert.equal((await find(terraform, STATE("s1"), { address })).length, 1);
        await assert.rejects(find(terraform, STATE("s1"), { address: "random_password.no" }), {
            message: "/f has no text at random_password.no: give resource and attribute",
        });
    });

    it("takes the type from an attribute of any type, and leaves an object that has one", async () => {
        const attributes = {
            typed: { type: ["object", { token: "string" }], value: { token: "s1" } },
            text: { type: "string", value: "s2" },
            object: { type: "PLAINTEXT", value: "s3" },
        };
        const resources = [{ type: "any_data", name: "x", instances: [{ attributes }] }];
        const state = { version: 4, terraform_version: "1.9.8", resources };
        for (const [address, value] of [
            ["any_data.x.typed.token", "s1"],
            ["any_data.x.text", "s2"],
            ["any_data.x.object.value", "s3"],
        ] as const) {
            assert.deepEqual(await find(terraform, state, { address }), [
                [`f: ${address}`, "bearer token", undefined, value],
            ]);
        }
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
        const secret = fc
            .stringMatching(/^[!-~]{16,40}$/)
            .filter((text) => findStandIn(text) === undefined);
        await fc.assert(
            fc.asyncProperty(secret, async (value) => {
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
