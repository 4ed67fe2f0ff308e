import type {
    ApiException as ApiExceptionOfClient,
    Cluster,
    CoreV1Api,
    CustomObjectsApi,
} from "@kubernetes/client-node";

/** Where an object of Kubernetes is. */
export interface ObjectPlace {
    readonly namespace: string;
    readonly name: string;
    /** The context of the kubeconfig to look with. Defaults to its current one. */
    readonly context?: string | undefined;
}

/** Whether there is such a ConfigMap. Throws as {@link readObject} does. */
export async function isConfigMapThere({ context, ...place }: ObjectPlace): Promise<boolean> {
    return (await readObject((api) => api.readNamespacedConfigMap(place), context)) !== undefined;
}

/**
 * What is read from the cluster of a context of the kubeconfig; undefined where it is not there.
 * Throws an `Error` of one line, without anything of an answer.
 */
export async function readObject<T>(
    read: (api: CoreV1Api) => Promise<T>,
    context: string | undefined,
): Promise<T | undefined> {
    const { api, ApiException } = await kubernetesClient(context);
    try {
        return await read(api);
    } catch (error) {
        const code = error instanceof ApiException ? error.code : undefined;
        if (code === 404) return undefined;
        // A code or a class, never a message: an answer may repeat what it is about.
        const reason = code ?? (error instanceof Error ? error.name : "");
        throw new Error(
            `(${reason}): the update needs a kubeconfig that can get, list, watch, create and ` +
                "patch Secrets and ConfigMaps there",
            { cause: error },
        );
    }
}

/** A way to ask a cluster, by a context of the kubeconfig. */
export interface KubernetesClient {
    readonly api: CoreV1Api;
    readonly custom: CustomObjectsApi;
    /** What the kubeconfig says of the cluster. */
    readonly cluster: Cluster | null;
    readonly ApiException: typeof ApiExceptionOfClient;
}

/** By what they are made from. One keeps its connection: a first update asks for every Secret. */
const clients = new Map<string, Promise<KubernetesClient>>();

/** Loaded where something is about to be written: most updates write nothing. */
export function kubernetesClient(context: string | undefined): Promise<KubernetesClient> {
    const key = JSON.stringify([process.env.KUBECONFIG, context]);
    const client = clients.get(key) ?? makeClient(context);
    clients.set(key, client);
    return client;
}

async function makeClient(context: string | undefined): Promise<KubernetesClient> {
    const { ApiException, CoreV1Api, CustomObjectsApi, KubeConfig } =
        await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromDefault();
    if (context !== undefined) config.setCurrentContext(context);
    return {
        ApiException,
        api: config.makeApiClient(CoreV1Api),
        custom: config.makeApiClient(CustomObjectsApi),
        cluster: config.getCurrentCluster(),
    };
}
