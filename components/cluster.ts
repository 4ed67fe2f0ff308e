import * as kubernetes from "@pulumi/kubernetes";
import { kubernetesContext } from "../update/kubernetesContext.ts";

/**
 * Where the Secrets are.
 *
 * @param identifier What tells the cluster from others; undefined where the stack does not know yet.
 */
export function connectCluster(identifier: string | undefined): kubernetes.Provider {
    return new kubernetes.Provider("cluster", {
        context: kubernetesContext(),
        clusterIdentifier: identifier, // else another name of the same context has all made anew
        enableSecretMutable: true, // else a changed Secret is deleted before it is made again
        enableConfigMapMutable: true,
    });
}
