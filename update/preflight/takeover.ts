import * as pulumi from "@pulumi/pulumi";
import type { Memory } from "../recorded.ts";
import type { SecretFiles } from "../../holders/kubernetesSecret.ts";
import type { ReceiverSettings, SenderSettings, Settings } from "../../settings/settings.ts";
import { receiverFault, senderFault, type TakeoverFault } from "./takeoverFaults.ts";
import { refuse } from "../refuse.ts";

/**
 * Refuses to overwrite Secrets this stack has not made, as a stack whose state was lost would:
 * server-side apply takes them over without a word, and who uses what they held is cut off. Only
 * Secrets about to be made are read.
 */
export async function refuseTakeover(settings: Settings, memory: Memory): Promise<void> {
    const { adopted, retireWithoutProof } = settings;
    await Promise.all([
        ...unrecorded(settings.receivers, memory.receivers).map((one) =>
            check("receivers", one, (files) =>
                receiverFault(files, adopted?.value, retireWithoutProof),
            ),
        ),
        ...unrecorded(settings.senders, memory.senders).map((one) =>
            check("senders", one, (files) => senderFault(files, adopted?.value)),
        ),
    ]);
}

function unrecorded<T extends { readonly name: string }>(
    all: readonly T[],
    recorded: Readonly<Record<string, unknown>>,
): readonly T[] {
    return all.filter(({ name }) => !recorded[name]);
}

async function check(
    key: string,
    { name, namespace, secret }: ReceiverSettings | SenderSettings,
    judge: (files: SecretFiles) => TakeoverFault,
): Promise<void> {
    const files = await readSecret(key, namespace, secret);
    const fault = files && judge(files);
    if (fault === undefined) return;
    refuse(
        `${key}: ${name}: Secret ${namespace}/${secret} is there already, and this stack did not make it: ${fault}. ` +
            "Restore the stack's state, or set adopted to the credential in use (README, Coming from a credential " +
            "made by hand), or give it another secret",
    );
}

/** The files of a Secret, or undefined when there is none. */
async function readSecret(
    key: string,
    namespace: string,
    name: string,
): Promise<SecretFiles | undefined> {
    const { ApiException, CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
    try {
        const config = new KubeConfig();
        config.loadFromDefault();
        const context = new pulumi.Config("kubernetes").get("context");
        if (context !== undefined) config.setCurrentContext(context);
        const api = config.makeApiClient(CoreV1Api);
        const { data = {} } = await api.readNamespacedSecret({ namespace, name });
        return Object.fromEntries(
            Object.entries(data).map(([file, text]) => [
                file,
                Buffer.from(text, "base64").toString(),
            ]),
        );
    } catch (error) {
        const code = error instanceof ApiException ? error.code : undefined;
        if (code === 404) return undefined;
        // A code or a class, never a message: an answer may repeat what it is about.
        const reason = code ?? (error instanceof Error ? error.name : "");
        return refuse(
            `${key}: it cannot be seen whether Secret ${namespace}/${name} is there already (${reason}): ` +
                "the update needs a kubeconfig that can get, list, watch, create and patch Secrets there",
        );
    }
}
