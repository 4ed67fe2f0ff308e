import assert from "node:assert/strict";
import { lstat, mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import { type Cluster, startCluster } from "../../../sandbox/kubernetes/cluster.ts";
import { type Kubelet, startKubelet } from "../../../sandbox/kubernetes/kubelet.ts";
import { waitFor } from "../../../sandbox/parts/process.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";

const provided = await provideTools(["etcd", "kube-apiserver"]);
const TOOLS = { etcd: provided.etcd.path, kubeApiserver: provided["kube-apiserver"].path };

describe("startKubelet", function () {
    this.timeout(60_000);

    let root: string;
    let cluster: Cluster;
    let kubelet: Kubelet;
    let objects: KubernetesObjectApi;
    before(async () => {
        root = await mkdtemp(join(tmpdir(), "kubelet-"));
        const logs = join(root, "logs");
        cluster = await startCluster({ directory: join(root, "cluster"), logs, tools: TOOLS });
        objects = KubernetesObjectApi.makeApiClient(cluster.admin);
        const { kubeletKubeconfig: kubeconfig, namespace } = cluster;
        kubelet = await startKubelet({ kubeconfig, namespace, delaySeconds: 0 });
    });
    after(async () => {
        await kubelet.stop();
        await cluster.stop();
        await rm(root, { recursive: true });
    });

    function secret(name: string, stringData: Readonly<Record<string, string>>) {
        const metadata = { name, namespace: "monitoring" };
        return { apiVersion: "v1", kind: "Secret", metadata, stringData };
    }

    /** Puts exactly these values into the Secret; returns its version. */
    async function replace(
        name: string,
        values: Readonly<Record<string, string>>,
        annotations: Readonly<Record<string, string>> = {},
    ): Promise<string> {
        const data = Object.fromEntries(
            Object.entries(values).map(([key, value]) => [key, btoa(value)]),
        );
        // Whatever it is now; the answer carries the new one
        const resourceVersion: string | undefined = undefined;
        const metadata = { name, namespace: "monitoring", annotations, resourceVersion };
        const replaced: { metadata: { resourceVersion: string | undefined } } =
            await objects.replace({ apiVersion: "v1", kind: "Secret", metadata, data });
        return replaced.metadata.resourceVersion ?? "";
    }

    it("waits for a Secret that does not exist, then shows it as a kubelet does", async () => {
        const directory = join(root, "pod", "late");
        const volume = kubelet.mount({ kind: "Secret", name: "late", directory, delaySeconds: 60 });
        await assert.rejects(stat(directory), { code: "ENOENT" });
        await objects.create(secret("late", { "password.txt": "one", user: "u" }));
        await volume.projected();
        const version = await readlink(join(directory, "..data"));
        assert.match(version, /^\.\.\d{4}(_\d\d){5}\.\d{10}$/);
        const names = ["..data", version, "password.txt", "user"];
        assert.deepEqual((await readdir(directory)).sort(), names.sort());
        assert.equal(await readlink(join(directory, "user")), "..data/user");
        assert.equal(await readFile(join(directory, "password.txt"), "utf8"), "one");
        assert.equal((await stat(join(directory, "user"))).mode & 0o777, 0o400);
        assert.equal((await stat(directory)).mode & 0o777, 0o700);
        assert.equal((await stat(join(directory, version))).mode & 0o777, 0o700);
    });

    it("shows a ConfigMap, binary data too", async () => {
        const metadata = { name: "settings", namespace: "monitoring" };
        const binaryData = { bytes: Buffer.from([0, 255]).toString("base64") };
        const data = { text: "é" };
        await objects.create({ apiVersion: "v1", kind: "ConfigMap", metadata, data, binaryData });
        const directory = join(root, "settings");
        await kubelet.mount({ kind: "ConfigMap", name: "settings", directory }).projected();
        assert.equal(await readFile(join(directory, "text"), "utf8"), "é");
        assert.deepEqual(await readFile(join(directory, "bytes")), Buffer.from([0, 255]));
    });

    it("removes names and versions that are gone and keeps what a change does not touch", async () => {
        await objects.create(secret("shrinking", { a: "1", b: "2" }));
        const directory = join(root, "shrinking");
        const volume = kubelet.mount({ kind: "Secret", name: "shrinking", directory });
        await volume.projected();
        await volume.projectedAtLeast(await replace("shrinking", { b: "2", c: "3" }));
        const version = await readlink(join(directory, "..data"));
        const names = ["..data", version, "b", "c"];
        assert.deepEqual((await readdir(directory)).sort(), names.sort());
        await volume.projectedAtLeast(
            await replace("shrinking", { b: "2", c: "3" }, { generation: "2" }),
        );
        assert.equal(await readlink(join(directory, "..data")), version);
    });

    it("shows a reader one whole version or another, never none", async () => {
        await objects.create(secret("busy", { a: "0".repeat(5000), b: "0".repeat(5000) }));
        const directory = join(root, "busy");
        const volume = kubelet.mount({ kind: "Secret", name: "busy", directory });
        await volume.projected();
        let writing = true;
        const seen = new Set<string>();
        const read = async () => {
            let reads = 0;
            while (writing || reads < 5000) {
                const text = await readFile(join(directory, "a"), "utf8");
                assert.equal(text.length, 5000);
                assert.equal(text, (text[0] ?? "").repeat(5000));
                seen.add(text[0] ?? "");
                reads++;
            }
        };
        const reading = read();
        for (let round = 1; round <= 40; round++) {
            const text = String(round % 10).repeat(5000);
            await volume.projectedAtLeast(await replace("busy", { a: text, b: text }));
        }
        writing = false;
        await reading;
        assert.equal(seen.size, 10);
    });

    it("holds a change back for the delay, and lets go when the delay is taken away", async () => {
        await objects.create(secret("slow", { a: "old" }));
        const directory = join(root, "slow");
        const volume = kubelet.mount({ kind: "Secret", name: "slow", directory, delaySeconds: 1 });
        await volume.projected();
        const start = performance.now();
        await replace("slow", { a: "new" });
        await volume.shows("a", "new");
        const seconds = (performance.now() - start) / 1000;
        assert.ok(seconds >= 1 && seconds < 20, `${seconds} s`);
        volume.delaySeconds = 600;
        await replace("slow", { a: "newer" });
        await assert.rejects(volume.shows("a", "newer", 0.5), {
            message: /^Secret slow showing what is expected in a: not within 0.5 s/,
        });
        volume.delaySeconds = 0;
        await volume.shows("a", "newer");
    });

    it("keeps the files of an object that is deleted, and follows when it is made again", async () => {
        await objects.create(secret("fleeting", { a: "1" }));
        const directory = join(root, "fleeting");
        const volume = kubelet.mount({ kind: "Secret", name: "fleeting", directory });
        await volume.projected();
        await objects.delete(secret("fleeting", {}));
        await objects.create(secret("witness", { a: "seen" }));
        await kubelet
            .mount({ kind: "Secret", name: "witness", directory: join(root, "witness") })
            .projected();
        assert.equal(await readFile(join(directory, "a"), "utf8"), "1");
        await objects.create(secret("fleeting", { a: "2" }));
        await volume.shows("a", "2");
    });

    it("finds what changed while the API server was away", async () => {
        await objects.create(secret("patient", { a: "1" }));
        const directory = join(root, "patient");
        const volume = kubelet.mount({ kind: "Secret", name: "patient", directory });
        await volume.projected();
        await cluster.restartApiServer();
        await replace("patient", { a: "2" });
        await volume.shows("a", "2");
    });

    it("refuses to start where it may not list", async () => {
        const { kubeletKubeconfig: kubeconfig } = cluster;
        await assert.rejects(startKubelet({ kubeconfig, namespace: "default" }), { code: 403 });
    });

    it("stops with nothing left, telling whoever still waits", async () => {
        const { kubeletKubeconfig: kubeconfig, namespace } = cluster;
        const other = await startKubelet({ kubeconfig, namespace });
        const shown = join(root, "shown");
        await objects.create(secret("shown", { a: "1" }));
        await other.mount({ kind: "Secret", name: "shown", directory: shown }).projected();
        const absent = other.mount({ kind: "Secret", name: "absent", directory: join(root, "x") });
        const waiting = assert.rejects(absent.projected(), {
            message: "Secret absent was never shown: the kubelet was stopped",
        });
        await other.stop();
        await other.stop();
        await waiting;
        await waitFor("the files gone", async () => !(await lstat(shown).catch(() => false)), {
            withinSeconds: 30,
        });
    });
});
