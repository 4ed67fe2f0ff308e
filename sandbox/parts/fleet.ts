import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kubelet, Volume } from "../kubernetes/kubelet.ts";
import { type Pod, startPod } from "../kubernetes/pod.ts";
import { freePort, type Part } from "./process.ts";
import { type Prometheus, startPrometheus } from "./prometheusPart.ts";
import type { ReceiverPart } from "./receiverPart.ts";
import { vmauthPart } from "./vmauthPart.ts";

/** What a {@link Fleet} is made of. */
export interface FleetOptions {
    /** Prefix of the names of its parts, such as `control-`. */
    readonly prefix: string;
    /** Directory of the pods. */
    readonly directory: string;
    readonly logs: string;
    /** The receiver. Defaults to vmauth. */
    readonly receiver?: ReceiverPart;
    /** Paths of the programs. */
    readonly tools: { readonly prometheus: string; readonly vmauth: string };
    readonly kubelet: Kubelet;
    /** What the sender scrapes, as host and port. */
    readonly target: string;
    /** Names of the Kubernetes objects the pods mount. */
    readonly objects: {
        readonly auth: string;
        readonly credential: string;
        readonly configuration: string;
    };
}

/**
 * A Prometheus that pushes through a receiver into another Prometheus, the store; each runs as its
 * pod would.
 */
export interface Fleet {
    /** Where the sender pushes. */
    readonly receiverUrl: string;
    /** Where the receiver's counters are; nowhere where it has none. */
    readonly metricsUrl: string | undefined;
    /** Where samples end up. */
    readonly store: Prometheus;
    /** Starts when its `auth` exists. */
    readonly receiver: Pod<Part>;
    /** Starts when its `credential` and `configuration` exist. */
    readonly sender: Pod<Prometheus>;
    readonly volumes: Readonly<Record<"auth" | "credential" | "configuration", Volume>>;
    stop(): Promise<void>;
}

/** Starts a fleet; resolves when its store is ready. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
    const { prefix, directory, receiver: part = vmauthPart(options.tools.vmauth) } = options;
    const store = await startStore(options);
    const port = await freePort();
    const pods = {
        receiver: join(directory, `${prefix}receiver`),
        sender: join(directory, `${prefix}sender`),
    };
    const volumes = mountVolumes(options, pods);
    const receiver = startPod([volumes.auth], () =>
        part.start({
            name: `${prefix}receiver`,
            pod: pods.receiver,
            port,
            store: store.url,
            logs: options.logs,
        }),
    );
    await writeTargets(pods.sender, options.target);
    const sender = startPod([volumes.credential, volumes.configuration], () =>
        startPrometheus({
            name: `${prefix}sender`,
            command: options.tools.prometheus,
            configuration: join(pods.sender, "configuration", "prometheus.yml"),
            data: join(pods.sender, "data"),
            logs: options.logs,
        }),
    );
    return {
        receiverUrl: `http://127.0.0.1:${port}/api/v1/write`,
        metricsUrl: part.metrics && `http://127.0.0.1:${port}${part.metrics}`,
        store,
        receiver,
        sender,
        volumes,
        // The sender first: one without its receiver would log a retry for every batch.
        stop: async () => {
            await sender.stop();
            await receiver.stop();
            await store.stop();
        },
    };
}

async function startStore({ prefix, directory, logs, tools }: FleetOptions): Promise<Prometheus> {
    const pod = join(directory, `${prefix}store`);
    await mkdir(pod, { recursive: true });
    const configuration = join(pod, "prometheus.yml");
    await writeFile(configuration, "global: {}\n");
    return startPrometheus({
        name: `${prefix}store`,
        command: tools.prometheus,
        configuration,
        data: join(pod, "data"),
        logs,
        receives: true,
    });
}

function mountVolumes(
    { kubelet, objects }: FleetOptions,
    pods: { readonly receiver: string; readonly sender: string },
): Fleet["volumes"] {
    return {
        auth: kubelet.mount({
            kind: "Secret",
            name: objects.auth,
            directory: join(pods.receiver, "auth"),
        }),
        credential: kubelet.mount({
            kind: "Secret",
            name: objects.credential,
            directory: join(pods.sender, "write-credential"),
        }),
        configuration: kubelet.mount({
            kind: "ConfigMap",
            name: objects.configuration,
            directory: join(pods.sender, "configuration"),
        }),
    };
}

async function writeTargets(pod: string, target: string): Promise<void> {
    await mkdir(join(pod, "targets"), { recursive: true });
    await writeFile(join(pod, "targets", "exporter.json"), JSON.stringify([{ targets: [target] }]));
}
