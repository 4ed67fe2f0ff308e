import type { KubeConfig } from "@kubernetes/client-node";
import type { Connect, ObjectKind } from "./kubernetesObjects.ts";

/** Where custom resources are: group, version and plural. */
const CUSTOM: Partial<Record<ObjectKind, readonly [string, string, string]>> = {
    Prometheus: ["monitoring.coreos.com", "v1", "prometheuses"],
    PrometheusAgent: ["monitoring.coreos.com", "v1alpha1", "prometheusagents"],
    VMAgent: ["operator.victoriametrics.com", "v1beta1", "vmagents"],
    OpenTelemetryCollector: ["opentelemetry.io", "v1beta1", "opentelemetrycollectors"],
    Deployment: ["apps", "v1", "deployments"],
    StatefulSet: ["apps", "v1", "statefulsets"],
    DaemonSet: ["apps", "v1", "daemonsets"],
};

/** Reads a cluster with `KUBECONFIG`, `~/.kube/config` or a pod's own service account. */
export const connect: Connect = async (context) => {
    // Here, as no other source needs it.
    const { CoreV1Api, CustomObjectsApi, KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    try {
        config.loadFromDefault();
    } catch {
        // Its message may quote the file, which holds keys.
        throw new Error("the kubeconfig cannot be read: check KUBECONFIG and the file it names");
    }
    const server = chooseServer(config, context);
    return async (kind, namespace, name) => {
        try {
            const core = config.makeApiClient(CoreV1Api);
            if (kind === "Secret") return await core.readNamespacedSecret({ namespace, name });
            const [group, version, plural] = CUSTOM[kind] ?? [];
            if (group === undefined || version === undefined || plural === undefined) {
                return await core.readNamespacedConfigMap({ namespace, name });
            }
            const custom = config.makeApiClient(CustomObjectsApi);
            const object = { group, version, plural, namespace, name };
            return (await custom.getNamespacedCustomObject(object)) as unknown;
        } catch (error) {
            throw new Error(explain(error, kind, `${namespace}/${name}`, server), { cause: error });
        }
    };
};

/** Makes `context` the current one, when it is given; URL of its server. */
function chooseServer(config: KubeConfig, context: string | undefined): string {
    if (context !== undefined) {
        const names = config.contexts.map(({ name }) => name);
        if (!names.includes(context)) {
            throw new Error(`the kubeconfig has no context ${context}: it has ${names.join(", ")}`);
        }
        config.setCurrentContext(context);
    }
    const server = config.getCurrentCluster()?.server;
    if (server !== undefined) return server;
    throw new Error("the kubeconfig has no current context: give one with --context");
}

/** One line of why an object cannot be read. The answer itself is not repeated. */
function explain(error: unknown, kind: ObjectKind, object: string, server: string): string {
    const { code } = error as { code?: unknown };
    switch (code) {
        case 401:
            return `${server} does not know this identity: log in again, or choose another --context`;
        case 403:
            return `this identity may not get the ${kind} ${object}: allow it the verb get on that one`;
        case 404:
            return `there is no ${kind} ${object} in this cluster: check the name and --context`;
        default:
            return `${server} could not be asked for the ${kind} ${object}: check that it can be reached from here`;
    }
}
