import assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Gate } from "../../update/gate.ts";
import { renderPrometheus } from "../../kinds/senders/prometheus.ts";
import { Sender } from "../../components/sender.ts";
import { known, run, secret, type Run } from "../support/mocks.ts";
import { NOTHING, receiverSettings, senderSettings } from "../support/fleet.ts";

const settings = senderSettings({
    name: "prometheus",
    secret: "push-credential",
    configMap: "push-configuration",
});
const receiver = receiverSettings();
const plan = { current: "b", accepted: ["b", "a"], revision: 7 };

/** What the engine is asked for to make a sender. */
function make(value: pulumi.Output<string>, recorded = NOTHING): Promise<Run<Sender>> {
    return run({}, () => {
        const provider = new kubernetes.Provider("cluster");
        const generation = value.apply((text) => ({ label: "b", value: text }));
        const gate = new Gate({
            receivers: [],
            plan,
            generation,
            recorded: NOTHING,
            projectionLimitSeconds: 1,
        });
        return new Sender(
            "prometheus",
            { settings, receiver, plan, generation, gate, recorded },
            { provider },
        );
    });
}

describe("Sender", () => {
    const component = "prometheus-write-secret:index:Sender prometheus";

    it("is a Secret behind the gate and a ConfigMap", async () => {
        const { resources } = await make(pulumi.secret("new"));
        assert.deepEqual(
            resources.map(({ id, parent }) => ({ id, parent })),
            [
                { id: "pulumi:providers:kubernetes cluster", parent: undefined },
                { id: component, parent: undefined },
                { id: "kubernetes:core/v1:Secret prometheus", parent: component },
                {
                    id: "kubernetes:core/v1:ConfigMap prometheus-configuration",
                    parent: component,
                },
            ],
        );
        assert.deepEqual(resources[1]?.inputs, {}); // the value among them would land in state
    });

    it("has the current generation in its Secret, held back by the gate", async () => {
        const { resources } = await make(pulumi.secret("new"));
        const { inputs, options } = resources.at(-2) ?? {};
        assert.deepEqual(inputs, {
            apiVersion: "v1",
            kind: "Secret",
            metadata: {
                name: "push-credential",
                namespace: "monitoring",
                labels: {
                    "app.kubernetes.io/name": "prometheus-write-secret",
                    "app.kubernetes.io/component": "sender",
                    "app.kubernetes.io/managed-by": "pulumi",
                },
                annotations: {
                    "prometheus-write-secret/accepted": "b,a",
                    "prometheus-write-secret/revision": "7",
                    "pulumi.com/patchForce": "true",
                    "reloader.stakater.com/ignore": "true",
                },
            },
            type: "Opaque",
            stringData: secret({ token: "new" }),
        });
        assert.deepEqual(options, {
            provider: "pulumi:providers:kubernetes cluster",
            additionalSecretOutputs: ["metadata", "data", "stringData"],
            hooks: { beforeCreate: ["gate-prometheus"], beforeUpdate: ["gate-prometheus"] },
        });
    });

    it("takes its configuration back from who edited it, and goes on to; leaves it else", async () => {
        const text = renderPrometheus(settings.configuration.text, {
            ...receiver,
            credentialsFile: settings.credentialsFile,
        });
        const annotations = async (configuration: string, forced: readonly string[] = []) => {
            const configurations = { prometheus: configuration };
            const recorded = { ...NOTHING, configurations, forced };
            const { resources } = await make(pulumi.secret("new"), recorded);
            const inputs = resources.at(-1)?.inputs as { metadata: { annotations?: object } };
            return inputs.metadata.annotations;
        };
        const force = { "pulumi.com/patchForce": "true" };
        assert.deepEqual(await annotations(text), undefined);
        assert.deepEqual(await annotations("edited: by hand\n"), force);
        assert.deepEqual(await annotations(text, ["prometheus"]), force);
    });

    it("has a configuration that names no generation, so that none reloads it, behind the gate too", async () => {
        const { resources } = await make(pulumi.secret("new"));
        const { inputs, options } = resources.at(-1) ?? {};
        assert.deepEqual(inputs, {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "push-configuration", namespace: "monitoring" },
            data: {
                "prometheus.yml": renderPrometheus(settings.configuration.text, {
                    ...receiver,
                    credentialsFile: settings.credentialsFile,
                }),
            },
        });
        const hooks = ["gate-prometheus-configuration"];
        assert.deepEqual(options, {
            provider: "pulumi:providers:kubernetes cluster",
            hooks: { beforeCreate: hooks, beforeUpdate: hooks },
        });
    });

    it("tells the generation in its Secret, which is no secret", async () => {
        const { result } = await make(pulumi.secret("new"));
        assert.deepEqual(await known(result.generation), { value: "b", secret: false });
    });
});
