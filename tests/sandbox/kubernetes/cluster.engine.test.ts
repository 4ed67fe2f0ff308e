import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ApiException, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { type Cluster, startCluster } from "../../../sandbox/kubernetes/cluster.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";
import { lookAround } from "../../support/processes.ts";

const provided = await provideTools(["etcd", "kube-apiserver", "kubectl"]);
const TOOLS = { etcd: provided.etcd.path, kubeApiserver: provided["kube-apiserver"].path };

function clientOf(kubeconfig: string): CoreV1Api {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return config.makeApiClient(CoreV1Api);
}

const namespace = "monitoring";

async function refused(call: Promise<unknown>): Promise<void> {
    await assert.rejects(call, (error) => error instanceof ApiException && error.code === 403);
}

describe("startCluster", function () {
    this.timeout(60_000);

    let root: string;
    let cluster: Cluster;
    let deployer: CoreV1Api;
    before(async () => {
        root = await mkdtemp(join(tmpdir(), "cluster-"));
        const directory = join(root, "one");
        cluster = await startCluster({ directory, logs: join(root, "logs"), tools: TOOLS });
        deployer = clientOf(cluster.deployerKubeconfig);
    });
    after(async () => {
        await cluster.stop();
        await rm(root, { recursive: true });
    });

    it("has the namespace, empty", async () => {
        assert.deepEqual((await deployer.listNamespacedSecret({ namespace })).items, []);
        assert.equal(cluster.namespace, namespace);
    });

    it("keeps kubeconfigs and keys to their owner", async () => {
        const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
        const { adminKubeconfig, deployerKubeconfig, kubeletKubeconfig } = cluster;
        for (const path of [adminKubeconfig, deployerKubeconfig, kubeletKubeconfig]) {
            assert.equal(await mode(path), "600");
        }
        assert.equal(await mode(join(root, "one")), "700");
    });

    it("refuses whoever has no certificate", async () => {
        const [response] = (await once(
            get(`${cluster.url}/api`, { ca: cluster.ca }),
            "response",
        )) as [IncomingMessage];
        response.resume();
        assert.equal(response.statusCode, 401);
    });

    it("lets the deployer apply, preview and delete Secrets and ConfigMaps", async () => {
        const run = (...args: string[]) => {
            const identity = ["--kubeconfig", cluster.deployerKubeconfig];
            return promisify(execFile)(provided.kubectl.path, [...identity, ...args]);
        };
        const manifest = join(root, "manifest.json");
        for (const kind of ["Secret", "ConfigMap"]) {
            const object = { apiVersion: "v1", kind, metadata: { name: "applied" } };
            await writeFile(manifest, JSON.stringify(object));
            const apply = ["apply", "--server-side", "-f", manifest];
            await run(...apply, "--dry-run=server");
            await run(...apply);
            // Deleted as Pulumi does it, which without a garbage collector would never end.
            await run("delete", kind, "applied", "--cascade=foreground", "--timeout=10s");
        }
    });

    it("refuses the deployer in another namespace and for other kinds", async () => {
        await refused(deployer.listNamespacedSecret({ namespace: "default" }));
        await refused(deployer.listSecretForAllNamespaces());
        await refused(deployer.listNamespacedPod({ namespace }));
        await refused(deployer.listNamespace());
    });

    it("lets the kubelet read and nothing else", async () => {
        const kubelet = clientOf(cluster.kubeletKubeconfig);
        await kubelet.listNamespacedSecret({ namespace });
        await kubelet.listNamespacedConfigMap({ namespace });
        await refused(kubelet.deleteNamespacedSecret({ namespace, name: "applied" }));
        await refused(kubelet.listNamespacedSecret({ namespace: "default" }));
    });

    it("runs beside another, stops with nothing left, and may be stopped again", async () => {
        const directory = join(root, "two");
        const other = await startCluster({ directory, logs: join(root, "logs-two"), tools: TOOLS });
        assert.notEqual(other.url, cluster.url);
        await clientOf(other.deployerKubeconfig).listNamespacedSecret({ namespace });
        const stranger = new KubeConfig();
        const { clusters, contexts, currentContext } = cluster.admin;
        stranger.loadFromOptions({ clusters, contexts, currentContext, users: other.admin.users });
        await assert.rejects(stranger.makeApiClient(CoreV1Api).listNamespace(), { code: 401 });
        const parts = Object.values(other.pids());
        const running = () => lookAround().filter(({ pid }) => parts.includes(pid));
        assert.deepEqual(running().length, 2);
        await Promise.all([other.stop(), other.stop()]);
        await assert.rejects(fetch(other.url), /fetch failed/);
        assert.deepEqual(running(), []);
        await assert.rejects(stat(directory), { code: "ENOENT" });
        await deployer.listNamespacedSecret({ namespace });
    });

    it("names the part and its last words when it cannot start", async () => {
        const tools = { ...TOOLS, etcd: join(root, "absent") };
        const directory = join(root, "three");
        await assert.rejects(
            startCluster({ directory, logs: join(root, "logs-three"), tools }),
            /^Error: etcd ended before it answered \(exit code 127\); last line of .*etcd\.log: /,
        );
        await assert.rejects(stat(directory), { code: "ENOENT" });
    });
});
