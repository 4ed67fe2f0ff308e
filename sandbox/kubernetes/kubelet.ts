import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import {
    CoreV1Api,
    type Informer,
    KubeConfig,
    makeInformer,
    type ObjectCache,
    type V1ConfigMap,
    type V1Secret,
} from "@kubernetes/client-node";
import { type Mount, type Version, Volume } from "./volume.ts";

export { type Mount, Volume } from "./volume.ts";

// A real one takes 60 to 90; what waits for that long is tested with a delay of its own
const DELAY_SECONDS = 0.2;
const RECONNECT_SECONDS = 0.2;

/** Whose objects a {@link Kubelet} shows. */
export interface KubeletOptions {
    /**
     * Path of the kubeconfig of an identity that may get, list and watch Secrets and ConfigMaps.
     */
    readonly kubeconfig: string;
    readonly namespace: string;
    /**
     * Seconds from a change in the API to its files, for volumes that do not say. Defaults to 0.2.
     */
    readonly delaySeconds?: number;
}

/**
 * The part of a kubelet that shows Secrets and ConfigMaps to pods as files, and keeps them up to
 * date.
 */
export interface Kubelet {
    /** Shows an object from when it exists, following its changes. */
    mount(mount: Mount): Volume;
    /** Ends watching and leaves the files: a running pod keeps them when the API is gone. */
    abandon(): Promise<void>;
    /** Ends watching and removes the directories of all volumes. May be called again. */
    stop(): Promise<void>;
}

type Mounted = V1Secret | V1ConfigMap;

/**
 * Starts watching. Fails when the objects cannot be listed; an API server that goes away later is
 * awaited, and what it changed meanwhile is shown when it is back.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
    const { namespace } = options;
    const volumes: Volume[] = [];
    const watching = await watchObjects(options, (kind, object) => {
        for (const volume of volumes) {
            const { mount } = volume;
            if (mount.kind !== kind || mount.name !== object.metadata?.name) continue;
            volume.change(versionOf(kind, object));
        }
    });
    const release = async () => {
        await watching.stop();
        const released = volumes.splice(0);
        for (const volume of released) await volume.stop();
        return released;
    };
    return {
        mount: (mount) => {
            const delay = mount.delaySeconds ?? options.delaySeconds ?? DELAY_SECONDS;
            const volume = new Volume(mount, delay);
            volumes.push(volume);
            const present = watching.caches[mount.kind].get(mount.name, namespace);
            if (present) volume.change(versionOf(mount.kind, present));
            return volume;
        },
        abandon: async () => {
            await release();
        },
        stop: async () => {
            for (const { mount } of await release()) {
                await rm(mount.directory, { recursive: true, force: true });
            }
        },
    };
}

interface Watching {
    readonly caches: Readonly<Record<Mount["kind"], ObjectCache<Mounted>>>;
    stop(): Promise<void>;
}

async function watchObjects(
    { kubeconfig, namespace }: KubeletOptions,
    onChange: (kind: Mount["kind"], object: Mounted) => void,
): Promise<Watching> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const path = `/api/v1/namespaces/${namespace}`;
    const secrets = makeInformer(config, `${path}/secrets`, () =>
        core.listNamespacedSecret({ namespace }),
    );
    const configMaps = makeInformer(config, `${path}/configmaps`, () =>
        core.listNamespacedConfigMap({ namespace }),
    );
    const stops: (() => Promise<void>)[] = [];
    const stop = async () => {
        await Promise.all(stops.map((end) => end()));
    };
    try {
        const onSecret = (object: V1Secret) => {
            onChange("Secret", object);
        };
        const onConfigMap = (object: V1ConfigMap) => {
            onChange("ConfigMap", object);
        };
        stops.push(await follow(secrets, onSecret), await follow(configMaps, onConfigMap));
        return { caches: { Secret: secrets, ConfigMap: configMaps }, stop };
    } catch (error) {
        await Promise.all([secrets.stop(), configMaps.stop()]);
        throw error;
    }
}

/** Starts an informer and keeps it going. Resolves to how to end it. */
async function follow<T extends Mounted>(
    informer: Informer<T>,
    onChange: (object: T) => void,
): Promise<() => Promise<void>> {
    const stopping = new AbortController();
    let reconnecting: Promise<void> | undefined; // once it has started at all
    let failure: unknown;
    informer.on("add", onChange);
    informer.on("update", onChange);
    // An informer that has lost its connection does nothing until it is started again.
    informer.on("error", (error: unknown) => {
        failure ??= error;
        reconnecting = reconnecting
            ?.then(() => pause(RECONNECT_SECONDS * 1000, undefined, stopping))
            .then(() => informer.start())
            .catch(() => undefined);
    });
    await informer.start();
    if (failure !== undefined) throw failure as Error;
    reconnecting = Promise.resolve();
    return async () => {
        stopping.abort();
        await reconnecting; // a watch that is being made cannot be stopped yet
        await informer.stop();
    };
}

function versionOf(kind: Mount["kind"], object: Mounted): Version {
    const files = new Map<string, Buffer>();
    const add = (values: Record<string, string> | undefined, encoding: BufferEncoding) => {
        for (const [name, value] of Object.entries(values ?? {})) {
            files.set(name, Buffer.from(value, encoding));
        }
    };
    add(object.data, kind === "Secret" ? "base64" : "utf8");
    if ("binaryData" in object) add(object.binaryData, "base64");
    return { resourceVersion: object.metadata?.resourceVersion ?? "0", files };
}
