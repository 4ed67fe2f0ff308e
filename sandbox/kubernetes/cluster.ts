import { mkdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { Health, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { type Authority, createAuthority, createKeyPair, type Subject } from "./certificates.ts";
import { freePort, onFreePorts, type Part, startPart } from "../parts/process.ts";

const LOOPBACK = "127.0.0.1";
const NAMESPACE = "monitoring";

// etcd listens on sockets in its own directory, so that nobody but its owner reaches what it holds
// in plain text. It wants `host:port` there too: the name of the socket. Relative, as a path longer
// than 107 bytes is refused.
const CLIENT_SOCKET = "localhost:1";
const PEER_SOCKET = "localhost:2";

/** What each identity may do in the namespace, and nothing anywhere else. */
const RULES = {
    deployer: [
        {
            // All that the Pulumi Kubernetes provider asks for, read off the audit log: it applies
            // and previews by PATCH.
            apiGroups: [""],
            resources: ["secrets", "configmaps"],
            verbs: ["get", "list", "watch", "create", "patch", "delete"],
        },
        // It works without, but follows a namespace's events while it waits, and prints an error
        // each time it may not.
        { apiGroups: [""], resources: ["events"], verbs: ["list", "watch"] },
    ],
    kubelet: [
        {
            apiGroups: [""],
            resources: ["secrets", "configmaps"],
            verbs: ["get", "list", "watch"],
        },
    ],
};

/** Where a {@link Cluster} keeps its files, and what it is made of. */
export interface ClusterOptions {
    /**
     * Directory for data, keys and kubeconfigs; must be the cluster's alone. Removed when the
     * cluster stops.
     */
    readonly directory: string;
    /** Directory of `etcd.log` and `kube-apiserver.log`. */
    readonly logs: string;
    /** Paths of the programs. */
    readonly tools: { readonly etcd: string; readonly kubeApiserver: string };
}

/** A Kubernetes API, without nodes or controllers, that holds the namespace `monitoring`. */
export interface Cluster {
    /** `https://127.0.0.1:<port>` */
    readonly url: string;
    /** The certificate, in PEM, of who signed the API server's. */
    readonly ca: string;
    readonly namespace: string;
    /** The administrator, who may do everything. */
    readonly admin: KubeConfig;
    /**
     * Path of the administrator's kubeconfig. This and the next two can be read by their owner
     * only.
     */
    readonly adminKubeconfig: string;
    /** Path of the kubeconfig `pulumi up` runs with: Secrets and ConfigMaps of the namespace. */
    readonly deployerKubeconfig: string;
    /** Path of a kubeconfig that may only read Secrets and ConfigMaps of the namespace. */
    readonly kubeletKubeconfig: string;
    /** Process ids: what stands still by SIGSTOP does not answer, until SIGCONT. */
    readonly pids: () => { readonly etcd: number; readonly apiServer: number };
    /**
     * Kills the API server: nothing listens on its port until the function this resolves to is
     * called.
     */
    killApiServer(): Promise<() => Promise<void>>;
    /**
     * Kills the API server and starts it again, on the same port. Clients lose their connections.
     */
    restartApiServer(): Promise<void>;
    /** Ends the cluster and removes its directory. May be called again. */
    stop(): Promise<void>;
}

/**
 * Starts a real etcd and kube-apiserver, listening on loopback only, and resolves when role
 * bindings and the namespace are in place. Everybody but the three identities is refused. Fails
 * when a part does not answer within 60 s.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
    const parts: Partial<Record<"etcd" | "apiserver", Part>> = {};
    const stop = async () => {
        await parts.apiserver?.stop();
        await parts.etcd?.stop();
        await rm(options.directory, { recursive: true, force: true });
    };
    try {
        await mkdir(options.directory, { recursive: true, mode: 0o700 });
        const authority = await createAuthority("sandbox cluster");
        await writeKeys(options, authority);
        parts.etcd = await startEtcd(options);
        const { port, url, kubeconfigs, admin, apiserver } = await onFreePorts(() =>
            startOnFreePort(options, authority),
        );
        parts.apiserver = apiserver;
        await createNamespace(admin);
        const killApiServer = async () => {
            await parts.apiserver?.stop();
            return async () => {
                parts.apiserver = await startApiServer(options, port, admin);
            };
        };
        return {
            url,
            ca: authority.certificate,
            namespace: NAMESPACE,
            admin,
            adminKubeconfig: kubeconfigs.admin,
            deployerKubeconfig: kubeconfigs.deployer,
            kubeletKubeconfig: kubeconfigs.kubelet,
            pids: () => ({ etcd: parts.etcd?.pid ?? 0, apiServer: parts.apiserver?.pid ?? 0 }),
            killApiServer,
            restartApiServer: async () => {
                const start = await killApiServer();
                await start();
            },
            stop,
        };
    } catch (error) {
        await stop();
        throw error;
    }
}

async function startOnFreePort(options: ClusterOptions, authority: Authority) {
    const port = await freePort();
    const url = `https://${LOOPBACK}:${port}`;
    const kubeconfigs = await writeKubeconfigs(options.directory, url, authority);
    const admin = new KubeConfig();
    admin.loadFromFile(kubeconfigs.admin);
    const apiserver = await startApiServer(options, port, admin);
    return { port, url, kubeconfigs, admin, apiserver };
}

async function startEtcd({ directory, logs, tools }: ClusterOptions): Promise<Part> {
    const peer = `unix://${PEER_SOCKET}`;
    const client = `unix://${CLIENT_SOCKET}`;
    return startPart({
        name: "etcd",
        command: tools.etcd,
        args: [
            "--data-dir=data",
            `--listen-client-urls=${client}`,
            `--advertise-client-urls=${client}`,
            `--listen-peer-urls=${peer}`,
            `--initial-advertise-peer-urls=${peer}`,
            `--initial-cluster=default=${peer}`,
            "--unsafe-no-fsync", // a sandbox that loses power is made anew
        ],
        directory,
        logs,
        ready: (signal) => etcdAnswers(join(directory, CLIENT_SOCKET), signal),
        stopSignal: "SIGKILL", // nothing it holds outlives it
    });
}

async function etcdAnswers(socketPath: string, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
        const options = { socketPath, path: "/health", signal };
        request(options, (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        })
            .on("error", reject)
            .end();
    });
}

async function writeKeys({ directory }: ClusterOptions, authority: Authority): Promise<void> {
    const server = await authority.issue({ server: LOOPBACK });
    const accounts = await createKeyPair();
    await Promise.all([
        writePrivate(join(directory, "ca.crt"), authority.certificate),
        writePrivate(join(directory, "server.crt"), server.certificate),
        writePrivate(join(directory, "server.key"), server.key),
        writePrivate(join(directory, "accounts.key"), accounts.key),
        writePrivate(join(directory, "accounts.pub"), accounts.publicKey),
    ]);
}

async function startApiServer(
    options: ClusterOptions,
    port: number,
    admin: KubeConfig,
): Promise<Part> {
    return startPart({
        name: "kube-apiserver",
        command: options.tools.kubeApiserver,
        args: [
            `--etcd-servers=unix://${CLIENT_SOCKET}`,
            `--bind-address=${LOOPBACK}`,
            `--advertise-address=${LOOPBACK}`,
            `--secure-port=${port}`,
            "--tls-cert-file=server.crt",
            "--tls-private-key-file=server.key",
            "--client-ca-file=ca.crt",
            "--service-account-issuer=https://sandbox.invalid",
            "--service-account-signing-key-file=accounts.key",
            "--service-account-key-file=accounts.pub",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            // Pulumi deletes "in the foreground": with a collector that is never run, the object
            // would stay for ever.
            "--enable-garbage-collector=false",
            "--endpoint-reconciler-type=none", // nobody reaches it by the `kubernetes` service
            // A handful of clients, and half a second of start
            "--enable-priority-and-fairness=false",
        ],
        directory: options.directory,
        logs: options.logs,
        ready: (signal) => new Health(admin).readyz({ signal }),
        withinSeconds: 60,
        // It drains for over a minute when asked, and keeps its port meanwhile
        stopSignal: "SIGKILL",
    });
}

async function writeKubeconfigs(directory: string, url: string, authority: Authority) {
    const write = async (name: string, subject: Subject) => {
        const { certificate, key } = await authority.issue(subject);
        const base64 = (pem: string) => Buffer.from(pem).toString("base64");
        const path = join(directory, `${name}.kubeconfig`);
        const context = { cluster: "sandbox", user: name, namespace: NAMESPACE };
        const user = {
            "client-certificate-data": base64(certificate),
            "client-key-data": base64(key),
        };
        const cluster = {
            server: url,
            "certificate-authority-data": base64(authority.certificate),
        };
        const kubeconfig = {
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "sandbox", cluster }],
            users: [{ name, user }],
            contexts: [{ name, context }],
            "current-context": name,
        };
        await writePrivate(path, stringify(kubeconfig));
        return path;
    };
    return {
        admin: await write("admin", { user: "admin", groups: ["system:masters"] }),
        deployer: await write("deployer", { user: "deployer" }),
        kubelet: await write("kubelet", { user: "kubelet" }),
    };
}

async function createNamespace(admin: KubeConfig): Promise<void> {
    const client = KubernetesObjectApi.makeApiClient(admin);
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    const apiGroup = "rbac.authorization.k8s.io";
    const apiVersion = `${apiGroup}/v1`;
    for (const [name, rules] of Object.entries(RULES)) {
        const metadata = { name, namespace: NAMESPACE };
        const roleRef = { apiGroup, kind: "Role", name };
        const subjects = [{ apiGroup, kind: "User", name }];
        await client.create({ apiVersion, kind: "Role", metadata, rules });
        await client.create({ apiVersion, kind: "RoleBinding", metadata, roleRef, subjects });
    }
}

async function writePrivate(path: string, text: string): Promise<void> {
    await writeFile(path, text, { mode: 0o600 });
}
