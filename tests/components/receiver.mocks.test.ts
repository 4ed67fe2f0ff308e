import assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Receiver } from "../../components/receiver.ts";
import { receiverSettings } from "../support/fleet.ts";
import { run, secret } from "../support/mocks.ts";

const settings = receiverSettings();
const plan = { current: "b", accepted: ["b", "a"], revision: 7 };
const AUTH = `users:
  - name: b
    bearer_token: new
    url_map:
      - src_paths:
          - /api/v1/write
        url_prefix: http://store:8480
  - name: a
    bearer_token: old
    url_map:
      - src_paths:
          - /api/v1/write
        url_prefix: http://store:8480
`;

describe("Receiver", () => {
    it("is the Secret of the generations it accepts, and no more", async () => {
        const { resources } = await run({}, () => {
            const provider = new kubernetes.Provider("cluster");
            const generations = pulumi.secret([
                { label: "b", value: "new" },
                { label: "a", value: "old" },
            ]);
            new Receiver(
                "east",
                {
                    ...{ settings, plan, generations, refused: ["z"] },
                    ...{ remembersPaths: false, hooks: {}, former: undefined },
                },
                { provider },
            );
        });
        const component = "prometheus-write-secret:index:Receiver east";
        assert.deepEqual(resources.slice(1), [
            { id: component, parent: undefined, inputs: {}, options: {} },
            {
                id: "kubernetes:core/v1:Secret east",
                parent: component,
                inputs: {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata: {
                        name: "east-auth",
                        namespace: "edge",
                        labels: {
                            "app.kubernetes.io/name": "prometheus-write-secret",
                            "app.kubernetes.io/component": "receiver",
                            "app.kubernetes.io/managed-by": "pulumi",
                        },
                        annotations: {
                            "prometheus-write-secret/accepted": "b,a",
                            "prometheus-write-secret/revision": "7",
                            "prometheus-write-secret/refused": "z",
                            "pulumi.com/patchForce": "true",
                            "reloader.stakater.com/ignore": "true",
                        },
                    },
                    type: "Opaque",
                    stringData: secret({ "auth.yml": AUTH }),
                },
                options: {
                    provider: "pulumi:providers:kubernetes cluster",
                    additionalSecretOutputs: ["metadata", "data", "stringData"],
                },
            },
        ]);
    });
});
