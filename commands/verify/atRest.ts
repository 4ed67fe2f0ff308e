import { readFile } from "node:fs/promises";
import { kubernetesClient } from "../../holders/kubernetesObject.ts";
import type { Finding } from "./finding.ts";

/** How a stack's secrets are encrypted, as `pulumi stack export` (3.259) says it. */
export interface Encryption {
    readonly secrets_providers?: { readonly type?: string };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the state keeps the credentials from who can read it. */
export async function verifyState(
    { secrets_providers }: Encryption,
    environment: Environment = process.env,
): Promise<Finding> {
    const what = "the state keeps the credentials encrypted";
    const next = "pulumi stack change-secrets-provider <provider>, then npm run rotate";
    const { type } = secrets_providers ?? {};
    if (type === undefined || type === "" || type === "b64") {
        return { what, fault: undefined, warning: `it has no secrets provider: ${next}` };
    }
    const isOpen = type === "passphrase" && (await readPassphrase(environment)) === "";
    const warning = isOpen
        ? `its passphrase is empty, so that everybody opens it: ${next}`
        : undefined;
    return { what, fault: undefined, warning };
}

/** The passphrase, in the order in which the engine looks for it; undefined where it would ask. */
async function readPassphrase(environment: Environment): Promise<string | undefined> {
    const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file } = environment;
    if (given !== undefined) return given;
    return file ? (await readFile(file, "utf8")).trim() : undefined;
}

/**
 * Whether the cluster encrypts Secrets before it stores them, where that can be seen: a cluster that
 * runs its API server in a pod shows with what. Nothing is found where there is no such pod, as in
 * managed clusters, or where it may not be read.
 */
export async function verifyCluster(context: string | undefined): Promise<readonly Finding[]> {
    const what = "the cluster encrypts Secrets before it stores them";
    const commands = await readApiServers(context);
    if (commands.length === 0) return [];
    const isOpen = commands.some((words) => !words.some((word) => ENCRYPTION.test(word)));
    const warning =
        "kube-apiserver is started without --encryption-provider-config, so that a copy of etcd has every " +
        "credential: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/";
    return [{ what, fault: undefined, ...(isOpen && { warning }) }];
}

const ENCRYPTION = /^--encryption-provider-config(=|$)/;

/** The command lines of the API servers that run in pods, with the label kubeadm gives them. */
async function readApiServers(
    context: string | undefined,
): Promise<readonly (readonly string[])[]> {
    try {
        const { api } = await kubernetesClient(context);
        const labelSelector = "component=kube-apiserver";
        const { items } = await api.listNamespacedPod({ namespace: "kube-system", labelSelector });
        return items.flatMap(({ spec }) =>
            (spec?.containers ?? []).map(({ command = [], args = [] }) => [...command, ...args]),
        );
    } catch {
        return []; // may not be read, or is not there
    }
}
