import { CoreV1Api, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { kindOfReceiver } from "../../kinds/receivers.ts";
import { probe } from "../../proof/probe.ts";
import type { Cluster } from "../kubernetes/cluster.ts";
import { waitFor } from "../parts/process.ts";

/** What a sender pushes with. Secret. */
export interface HeldLogin {
    readonly token: string;
    readonly username?: string | undefined;
}

/** What a sender's Secret holds: a username, or none, and one credential under any key. */
export async function readLogin(cluster: Cluster, secret: string): Promise<HeldLogin> {
    const { username, ...others } = await readFiles(cluster, secret);
    const [token] = Object.values(others);
    if (token === undefined) throw new Error(`Secret ${secret} holds no credential`);
    return { token, username };
}

/** A receiver, and the Secret it reads. */
export interface ToldReceiver {
    readonly kind: string;
    readonly url: string;
    readonly secret: string;
}

/**
 * Has a receiver accept its newest generation alone, as somebody with `kubectl` would; resolves
 * when it refuses `former`.
 */
export async function acceptNewestAlone(
    cluster: Cluster,
    { kind: name, url, secret }: ToldReceiver,
    former: HeldLogin,
): Promise<void> {
    const kind = kindOfReceiver({ kind: name });
    const files = await readFiles(cluster, secret);
    const [newest] = kind.parse(files) ?? [];
    if (!newest) throw new Error(`Secret ${secret} lets in nobody`);
    const { label = "", username } = newest;
    const stringData = kind.select(files, [{ label, username }]);
    await KubernetesObjectApi.makeApiClient(cluster.admin).patch(
        {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: secret, namespace: cluster.namespace },
            stringData,
        },
        undefined,
        undefined,
        "by-hand",
        undefined,
        PatchStrategy.StrategicMergePatch,
    );
    const refuses = async () =>
        (await probe(url, { ...former, verdict: kind.verdict })).kind === "refused";
    await waitFor(`${name} to refuse the former credential`, refuses, { withinSeconds: 60 });
}

async function readFiles(cluster: Cluster, name: string): Promise<Record<string, string>> {
    const api = cluster.admin.makeApiClient(CoreV1Api);
    const { data = {} } = await api.readNamespacedSecret({ name, namespace: cluster.namespace });
    const decoded = Object.entries(data).map(
        ([key, value]) => [key, Buffer.from(value, "base64").toString()] as const,
    );
    return Object.fromEntries(decoded);
}
