import { sha256 } from "../rotation/digest.ts";
import { kubernetesClient } from "./kubernetesObject.ts";

/**
 * What tells a cluster from all others: the UID of its namespace kube-system, which lives as long as
 * the cluster does; where that may not be read, a digest of the API server's address and authority.
 *
 * @param context The context of the kubeconfig to look with. Defaults to its current one.
 * @throws {Error} one line on why it cannot be told.
 */
export async function clusterIdentity(context: string | undefined): Promise<string> {
    const { api, cluster, ApiException } = await kubernetesClient(context);
    try {
        const { metadata } = await api.readNamespace({ name: "kube-system" });
        if (metadata?.uid !== undefined) return metadata.uid;
    } catch (error) {
        const code = error instanceof ApiException ? error.code : undefined;
        if (code !== 403) {
            const reason = code ?? (error instanceof Error ? error.name : "");
            throw new Error(`the cluster cannot be asked which it is (${reason})`, {
                cause: error,
            });
        }
    }
    return sha256(JSON.stringify([cluster?.server, cluster?.caData, cluster?.caFile]));
}

/** Whether two identities were had in the same way, so that they can be compared. */
export function comparable(one: string, other: string): boolean {
    return one.includes("-") === other.includes("-"); // a UID has dashes, a digest has none
}
