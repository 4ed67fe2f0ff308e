// A real API server that holds a Prometheus of the operator. The operator does not run: that it
// copies or mounts what its resource refers to is not proven here.
import assert from "node:assert/strict";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { exampleOf } from "../../../commands/kinds/describe.ts";
import { diagnostics, STACK } from "../../support/deployment.ts";
import { useSandbox } from "../../support/fixture.ts";

const GROUP = "monitoring.coreos.com";

const DEFINITION = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `prometheuses.${GROUP}` },
    spec: {
        group: GROUP,
        scope: "Namespaced",
        names: { kind: "Prometheus", plural: "prometheuses" },
        versions: [
            {
                name: "v1",
                served: true,
                storage: true,
                schema: {
                    openAPIV3Schema: {
                        type: "object",
                        "x-kubernetes-preserve-unknown-fields": true,
                    },
                },
            },
        ],
    },
};

describe("a sender of kind prometheus-operator", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    const kubectl = async (input: object | undefined, ...args: string[]): Promise<void> => {
        const { adminKubeconfig, namespace } = stage.sandbox.cluster;
        const where = ["--kubeconfig", adminKubeconfig, "--namespace", namespace];
        await execa(stage.sandbox.tools.kubectl.path, [...where, ...args], {
            ...(input && { input: stringify(input) }),
        });
    };

    it("is told in previews what its resource does not refer to, and no more once it does", async () => {
        const { deployment, sandbox } = stage;
        const { namespace } = sandbox.cluster;
        const url = sandbox.fleet.receiverUrl;
        const sender = {
            name: "k8s",
            kind: "prometheus-operator",
            namespace,
            resource: { name: "k8s" },
        };
        const said = async () => diagnostics(await deployment.must("preview"))[STACK] ?? [];
        const title = `Prometheus ${namespace}/k8s`;
        const advice = "; npm run kinds -- prometheus-operator prints what to write there";
        const warning = (words: string) => [`warning: sender k8s: ${words}${advice}`];
        const resource = (spec: object) => ({
            apiVersion: `${GROUP}/v1`,
            kind: "Prometheus",
            metadata: { name: "k8s" },
            spec,
        });
        await deployment.configured({ "senders.1": sender }, async () => {
            assert.deepEqual(
                await said(),
                warning(`it cannot be seen whether ${title} refers to its Secret (403)`),
            );
            await kubectl(DEFINITION, "apply", "-f", "-");
            await kubectl(
                undefined,
                "wait",
                "--for=condition=established",
                `crd/prometheuses.${GROUP}`,
            );
            const verbs = ["--verb=get", `--resource=prometheuses.${GROUP}`];
            await kubectl(undefined, "create", "role", "sees-prometheus", ...verbs);
            const who = ["--role=sees-prometheus", "--user=deployer"];
            await kubectl(undefined, "create", "rolebinding", "sees-prometheus", ...who);
            assert.deepEqual(await said(), warning(`there is no ${title}`));
            await kubectl(resource({}), "apply", "-f", "-");
            assert.deepEqual(await said(), warning(`${title} has no remoteWrite to ${url}`));
            const told = exampleOf("prometheus-operator").snippets.at(-1)?.text ?? "";
            const spec = told
                .replaceAll("https://push.example.com/api/v1/write", url)
                .replaceAll("edge-write-credential", "k8s-write-credential");
            await kubectl({ ...resource({}), ...(parse(spec) as object) }, "apply", "-f", "-");
            assert.deepEqual(await said(), []);
        });
        await kubectl(undefined, "delete", "crd", `prometheuses.${GROUP}`);
        await kubectl(undefined, "delete", "role,rolebinding", "sees-prometheus");
    });
});
