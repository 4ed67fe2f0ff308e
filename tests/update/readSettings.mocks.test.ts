import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { PrometheusSettings } from "../../kinds/senders/prometheus.ts";
import { readSettings } from "../../update/readSettings.ts";
import { run } from "../support/mocks.ts";

const recipient = await identityToRecipient(await generateX25519Identity());

const config = {
    rotation: "2026-11-21",
    recipients: [recipient],
    mirror: { owner: "acme", repository: "vault" },
    receivers: [
        {
            name: "east",
            kind: "vmauth",
            namespace: "edge",
            url: "https://push.example/api/v1/write",
            upstream: "http://store:8480",
        },
    ],
    senders: [
        {
            name: "agent",
            kind: "prometheus",
            namespace: "monitoring",
            configuration: "sandbox/parts/prometheus.yml",
        },
    ],
};

/** The settings of a configuration like {@link config}; an undefined key is left out. */
async function read(
    changes: Readonly<Record<string, unknown>> = {},
    others = {},
    secretKeys: readonly string[] = [],
) {
    const all: Readonly<Record<string, unknown>> = { ...config, ...changes };
    const ours = Object.entries(all)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [`prometheus-write-secret:${key}`, value] as const);
    const world = { config: { ...Object.fromEntries(ours), ...others }, secretKeys };
    const { result } = await run(world, () => readSettings());
    return result;
}

describe("readSettings", () => {
    it("reads lists and mappings, and fills in what is left out", async () => {
        const { senders, ...settings } = await read();
        assert.deepEqual(settings, {
            rotation: "2026-11-21",
            length: 48,
            recipients: [recipient],
            mirror: {
                owner: "acme",
                repository: "vault",
                path: "dev.yaml.age",
                recordPath: "dev.rotation.json",
                branch: "main",
                create: true,
                format: "sealed",
            },
            receivers: [
                {
                    ...config.receivers[0],
                    secret: "east-auth",
                    probeUrls: ["https://push.example/api/v1/write"],
                    connections: 3,
                },
            ],
            usernames: "shared",
            projectionLimitSeconds: 300,
            retired: [],
            retireWithoutProof: false,
            hosts: [],
            disuseSeconds: 120,
        });
        assert.equal(senders.length, 1);
        const { configuration, ...sender } = (senders[0] ?? assert.fail()) as PrometheusSettings;
        assert.deepEqual(sender, {
            name: "agent",
            kind: "prometheus",
            namespace: "monitoring",
            secret: "agent-write-credential",
            receiver: "east",
            configMap: "agent-configuration",
            credentialsFile: "/etc/prometheus/write-credential/token",
        });
        assert.equal(configuration.path, "sandbox/parts/prometheus.yml");
        assert.match(configuration.text, /^global:/m);
    });

    for (const rotation of [2026, "2026", "1e3", "true", "null"]) {
        it(`takes the label ${JSON.stringify(rotation)} for text`, async () => {
            assert.equal((await read({ rotation })).rotation, String(rotation));
        });
    }

    it("reads numbers", async () => {
        const { length, projectionLimitSeconds } = await read({
            length: 32,
            projectionLimitSeconds: "60",
        });
        assert.deepEqual(
            { length, projectionLimitSeconds },
            { length: 32, projectionLimitSeconds: 60 },
        );
    });

    it("leaves the keys of others alone", async () => {
        const others = { "github:owner": "acme", "prometheus-write-secretly:rotation": "no" };
        assert.deepEqual(await read({}, others), await read());
    });

    it("cannot be changed", async () => {
        assert.ok(Object.isFrozen(await read()));
    });

    const refused: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
        [{ colour: "red" }, "colour is no configuration key: docs/configuration.md lists them all"],
        [
            { mirror: { ...config.mirror, colour: "red" } },
            "mirror.colour is no configuration key: docs/configuration.md lists them all",
        ],
        [{ rotation: undefined }, "rotation must be set (string)"],
        [{ recipients: [] }, "recipients: must name one recipient at least"],
        [
            { senders: [{ ...config.senders[0], configuration: "no-such.yml" }] },
            "senders[0].configuration: no-such.yml: " +
                "ENOENT: no such file or directory, open 'no-such.yml'",
        ],
    ];
    for (const [changes, message] of refused) {
        it(`refuses ${JSON.stringify(changes)} in one line: ${message}`, async () => {
            await assert.rejects(read(changes), (error) => {
                assert.ok(pulumi.RunError.isInstance(error));
                assert.equal(error.message, `prometheus-write-secret:${message}`);
                return true;
            });
        });
    }

    it("reads an adopted credential that is marked as a secret", async () => {
        const adopted = { label: "before", value: "by-people" };
        const { adopted: known } = await read({ adopted }, {}, ["prometheus-write-secret:adopted"]);
        assert.deepEqual(known, adopted);
    });

    it("refuses an adopted credential in plain text, without a word of it", async () => {
        const adopted = { label: "before", value: "by-people" };
        await assert.rejects(read({ adopted }, {}, ["prometheus-write-secret:mirror"]), (error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.equal(
                error.message,
                "prometheus-write-secret:adopted.value must be a secret: pulumi config set --secret " +
                    "--path prometheus-write-secret:adopted.value, and rotate it soon, " +
                    "because it stood in plain text",
            );
            return true;
        });
    });

    it("refuses a token of the mirror in plain text, without a word of it", async () => {
        const mirror = { remote: "https://git.example/repo.git", token: "by-people" };
        const { mirror: known } = await read({ mirror }, {}, ["prometheus-write-secret:mirror"]);
        assert.ok(known.remote);
        await assert.rejects(read({ mirror }), {
            message:
                "prometheus-write-secret:mirror.token must be a secret: pulumi config set --secret " +
                "--path prometheus-write-secret:mirror.token, and have the host make another one, " +
                "because it stood in plain text",
        });
    });

    it("refuses an adopted credential that no header can hold, without a word of it", async () => {
        const adopted = { label: "before", value: "two words" };
        await assert.rejects(read({ adopted }, {}, ["prometheus-write-secret:adopted"]), {
            message:
                "prometheus-write-secret:adopted.value: must be a bearer token " +
                "(letters, digits and -._~+/ with = at the end), or a password with username set",
        });
    });
});
