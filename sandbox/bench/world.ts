import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { type GitHub, startGitHub } from "../github/server.ts";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import { startKubelet } from "../kubernetes/kubelet.ts";
import { startFleet } from "../parts/fleet.ts";
import { type PulumiHome, preparePulumiHome } from "../plugins/pulumiHome.ts";
import type { Sandbox } from "../sandbox.ts";
import { type Front, startFront } from "./front.ts";

/** A sandbox with nothing deployed, in which one run of every subject takes place. */
export interface World {
    readonly directory: string;
    /** How many senders the subjects have. */
    readonly senders: number;
    readonly cluster: Cluster;
    readonly github: GitHub;
    /** Before the receiver and its store; all that the program asks of them goes through it. */
    readonly front: Front;
    readonly receiverUrl: string;
    readonly upstream: string;
    /** Whom the mirror is encrypted to: an age public key. */
    readonly recipient: string;
    readonly home: PulumiHome;
    /** What an engine finds the parts by. */
    readonly environment: Readonly<Record<string, string>>;
    /** Ends all parts. May be called again. */
    stop(): Promise<void>;
}

/** Starts the parts in a directory that must be the world's alone. */
export async function startWorld(
    directory: string,
    senders: number,
    tools: Sandbox<never>["tools"],
): Promise<World> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const stops: (() => Promise<void>)[] = [];
    const stop = async () => {
        for (let part = stops.pop(); part; part = stops.pop()) await part();
        await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    };
    const start = async <T extends { stop(): Promise<void> }>(part: Promise<T>): Promise<T> => {
        const started = await part;
        stops.push(() => started.stop());
        return started;
    };
    try {
        return { ...(await startParts(directory, tools, start)), directory, senders, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

async function startParts(
    directory: string,
    tools: Sandbox<never>["tools"],
    start: <T extends { stop(): Promise<void> }>(part: Promise<T>) => Promise<T>,
): Promise<Omit<World, "directory" | "senders" | "stop">> {
    const logs = join(directory, "logs");
    const token = randomBytes(20).toString("hex");
    const cluster = await start(
        startCluster({
            directory: join(directory, "cluster"),
            logs,
            tools: { etcd: tools.etcd.path, kubeApiserver: tools["kube-apiserver"].path },
        }),
    );
    const kubelet = await start(
        startKubelet({
            kubeconfig: cluster.kubeletKubeconfig,
            namespace: cluster.namespace,
            delaySeconds: 0,
        }),
    );
    const github = await start(startGitHub({ logs, owner: "sandbox", token }));
    const fleet = await start(
        startFleet({
            prefix: "",
            directory: join(directory, "pods"),
            logs,
            tools: { prometheus: tools.prometheus.path, vmauth: tools.vmauth.path },
            kubelet,
            target: "127.0.0.1:9", // no sender runs: what it pushes would take the processors' time
            objects: { auth: "vmauth-auth", credential: "none", configuration: "none" },
        }),
    );
    const front = await start(startFront(new URL(fleet.receiverUrl).origin, fleet.store.url));
    const home = await preparePulumiHome(join(directory, "pulumi"), tools);
    return {
        cluster,
        github,
        front,
        receiverUrl: front.url + new URL(fleet.receiverUrl).pathname,
        upstream: fleet.store.url,
        recipient: await identityToRecipient(await generateIdentity()),
        home,
        environment: {
            KUBECONFIG: cluster.deployerKubeconfig,
            GITHUB_BASE_URL: github.baseUrl,
            GITHUB_TOKEN: token,
        },
    };
}
