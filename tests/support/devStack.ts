import { CoreV1Api } from "@kubernetes/client-node";
import type { Cluster } from "../../sandbox/kubernetes/cluster.ts";

/** Names of what the stack of `Pulumi.dev.yaml` makes. */
export const REPOSITORY = "prometheus-credentials";
export const SEALED_FILE = "dev.yaml.age";
export const RECORD_FILE = "dev.rotation.json";
export const SIGNATURE_FILE = "dev.rotation.json.sig";
export const SENDER_SECRET = "prometheus-write-credential";
export const RECEIVER_SECRET = "vmauth-auth";
export const CONFIGURATION = "prometheus-configuration";

/** A Secret as the API server holds it. */
export interface LiveSecret {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations: Readonly<Record<string, string>>;
    /** Decoded. */
    readonly files: Readonly<Record<string, string>>;
}

/** Reads a Secret of the cluster's namespace as its administrator. */
export async function readSecret(
    { admin, namespace }: Pick<Cluster, "admin" | "namespace">,
    name: string,
): Promise<LiveSecret> {
    const core = admin.makeApiClient(CoreV1Api);
    const { metadata, data = {} } = await core.readNamespacedSecret({ namespace, name });
    const decode = (text: string) => Buffer.from(text, "base64").toString();
    return {
        uid: metadata?.uid ?? "",
        resourceVersion: metadata?.resourceVersion ?? "",
        annotations: metadata?.annotations ?? {},
        files: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, decode(text)])),
    };
}
