import * as pulumi from "@pulumi/pulumi";

/** The context of the kubeconfig to write with; undefined where its current one is meant. */
export function kubernetesContext(): string | undefined {
    return new pulumi.Config("kubernetes").get("context");
}
