// A real API server, and an identity that may get one Secret and one Prometheus. No operator runs:
// it is not asked.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Cluster, startCluster } from "../../../sandbox/kubernetes/cluster.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";
import { machine } from "../../../commands/extract/machine.ts";
import { connect } from "../../../commands/extract/connect.ts";
import { createKubernetes } from "../../../commands/extract/kubernetesObjects.ts";
import { setEnvironment } from "../../support/environment.ts";

const tools = await provideTools(["etcd", "kube-apiserver", "kubectl"]);
const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const crd = (kind: string, version: string) => {
    const plural = kind.replace(/s$/, "se").toLowerCase() + "s";
    const group = "monitoring.coreos.com";
    const all = { name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } };
    return {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${plural}.${group}` },
        spec: { group, scope: "Namespaced", names: { plural, kind }, versions: [all] },
    };
};
const CRDS = [crd("Prometheus", "v1"), crd("PrometheusAgent", "v1alpha1")];
const namespace = "monitoring";
const SECRET = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "rw", namespace },
    stringData: { user: "push", pass: "kT8vQ2mXw9rLz4pN" },
};
const remoteWrite = [
    {
        url: "https://a/api/v1/write",
        basicAuth: { username: { name: "rw", key: "user" }, password: { name: "rw", key: "pass" } },
    },
];
const PROMETHEUS = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "Prometheus",
    metadata: { name: "k8s", namespace },
    spec: { remoteWrite },
};
const AGENT = {
    apiVersion: "monitoring.coreos.com/v1alpha1",
    kind: "PrometheusAgent",
    metadata: { name: "edge", namespace },
    spec: {
        remoteWrite: [
            { url: "a", authorization: { credentials: { name: "other", key: "token" } } },
            { url: "b", oauth2: { clientSecret: { name: "gone", key: "secret" } } },
            ...remoteWrite,
        ],
    },
};
const rule = (group: string, resource: string, name: string) => ({
    apiGroups: [group],
    resources: [resource],
    resourceNames: [name],
    verbs: ["get"],
});
const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };
const ROLE = {
    ...rbac,
    kind: "Role",
    metadata: { name: "extract", namespace },
    rules: [
        rule("", "secrets", "rw"),
        rule("", "secrets", "gone"),
        rule("monitoring.coreos.com", "prometheuses", "k8s"),
        rule("monitoring.coreos.com", "prometheusagents", "edge"),
    ],
};
const BINDING = {
    ...rbac,
    kind: "RoleBinding",
    metadata: { name: "extract", namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "extract" },
    subjects: [{ kind: "ServiceAccount", name: "extract", namespace }],
};
const ACCOUNT = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "extract", namespace },
};

describe("extract -- kubernetes", function () {
    this.timeout(60_000);
    let root: string;
    let cluster: Cluster;
    let restore: () => void;
    const source = createKubernetes(connect);
    const find = (object: string) => source.find([object], {}, machine);

    const kubectl = async (input: object | undefined, ...args: string[]) => {
        const all = ["--kubeconfig", cluster.adminKubeconfig, ...args];
        const given = input === undefined ? {} : { input: JSON.stringify(input) };
        return (await execa(tools.kubectl.path, all, given)).stdout;
    };

    before(async () => {
        root = await mkdtemp(join(tmpdir(), "source-"));
        const paths = { etcd: tools.etcd.path, kubeApiserver: tools["kube-apiserver"].path };
        const [directory, logs] = [join(root, "cluster"), join(root, "logs")];
        cluster = await startCluster({ directory, logs, tools: paths });
        for (const one of CRDS) {
            await kubectl(one, "apply", "-f", "-");
            const wait = ["wait", "--for=condition=Established", "--timeout=20s"];
            await kubectl(undefined, ...wait, `crd/${one.metadata.name}`);
        }
        for (const object of [ACCOUNT, ROLE, BINDING, SECRET, PROMETHEUS, AGENT]) {
            await kubectl(object, "apply", "-f", "-");
        }
        const token = await kubectl(undefined, "create", "token", "extract", "-n", namespace);
        const config = {
            apiVersion: "v1",
            kind: "Config",
            "current-context": "least",
            contexts: [{ name: "least", context: { cluster: "c", user: "u" } }],
            clusters: [
                {
                    name: "c",
                    cluster: {
                        server: cluster.url,
                        "certificate-authority-data": Buffer.from(cluster.ca).toString("base64"),
                    },
                },
            ],
            users: [{ name: "u", user: { token } }],
        };
        const path = join(root, "kubeconfig");
        await writeFile(path, JSON.stringify(config), { mode: 0o600 });
        restore = setEnvironment({ KUBECONFIG: path });
    });
    after(async () => {
        restore();
        await cluster.stop();
        await rm(root, { recursive: true });
    });

    const found = {
        kind: "basic auth",
        username: "push",
        value: "kT8vQ2mXw9rLz4pN",
        age: 0,
        plaintext: true,
        advice: "kubectl apply copied it into an annotation (last-applied-configuration): rotate, and apply with --server-side",
    };

    it("finds a Secret's key with the right to get that one Secret", async () => {
        const expected = [{ place: "Secret monitoring/rw:pass", ...found }];
        assert.deepEqual(await find("monitoring/rw:pass"), expected);
        assert.deepEqual(await find("monitoring/rw"), expected);
    });

    it("follows a Prometheus to the Secret it refers to", async () => {
        const path = "spec.remoteWrite[0].basicAuth.password (Secret rw, key pass)";
        assert.deepEqual(await find("prometheus/monitoring/k8s"), [
            { place: `Prometheus monitoring/k8s: ${path}`, ...found },
        ]);
    });

    it("follows a PrometheusAgent, past a Secret it may not get and one that is not there", async () => {
        const at = "PrometheusAgent monitoring/edge: spec.remoteWrite";
        assert.deepEqual(await find("prometheusagent/monitoring/edge"), [
            {
                place: `${at}[0].authorization.credentials (Secret other, key token)`,
                kind: "bearer token",
                username: undefined,
                missing:
                    "this identity may not get the Secret monitoring/other: allow it the verb get on that one",
                plaintext: false,
            },
            {
                place: `${at}[1].oauth2.clientSecret (Secret gone, key secret)`,
                kind: "OAuth2 client secret",
                username: undefined,
                missing:
                    "there is no Secret monitoring/gone in this cluster: check the name and --context",
                plaintext: false,
            },
            { place: `${at}[2].basicAuth.password (Secret rw, key pass)`, ...found },
        ]);
    });

    it("says in one line what is not allowed, not there, or not named", async () => {
        const refusals: [string, string][] = [
            [
                "monitoring/other",
                "this identity may not get the Secret monitoring/other: allow it the verb get on that one",
            ],
            ["monitoring/rw:no", "the Secret monitoring/rw has no key no: it has pass, user"],
            [
                "rw",
                "rw names no object: give <namespace>/<name>[:<key>] or prometheus/<namespace>/<name>",
            ],
        ];
        for (const [object, message] of refusals)
            await assert.rejects(find(object) as Promise<unknown>, { message });
        process.env["KUBECONFIG"] = cluster.adminKubeconfig;
        await assert.rejects(find("monitoring/absent") as Promise<unknown>, {
            message:
                "there is no Secret monitoring/absent in this cluster: check the name and --context",
        });
    });
});
