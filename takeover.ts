import * as pulumi from "@pulumi/pulumi";
import type { Memory } from "./lib/memory.ts";
import type { Settings } from "./lib/settings.ts";
import { parseAnnotations } from "./lib/secrets.ts";
import { type LiveFiles, mayRewriteReceiver, maySwitchSender } from "./lib/takeover.ts";

/**
 * Refuses to write over a Secret that is in the cluster but not in this stack's state, unless all that is in it is the
 * adopted credential: a stack whose state was lost would otherwise cut off live senders. A one-line error says how to
 * go on. Asks the cluster only for Secrets that are about to be made.
 */
export async function refuseTakeover(settings: Settings, memory: Memory): Promise<void> {
    const senders = settings.senders.filter(({ name }) => !(name in memory.senders));
    const receivers = settings.receivers.filter(({ name }) => !(name in memory.receivers));
    if (senders.length + receivers.length === 0) return;
    const adopted = settings.adopted?.value;
    const read = await connect();
    // One that an update made and was killed before it could record it is ours: its credential is in the state.
    const isOurs = ({ annotations }: LiveSecret) =>
        parseAnnotations(annotations)?.accepted.every((label) => memory.kept.includes(label)) ===
        true;
    for (const { name, namespace, secret } of senders) {
        const live = await read(namespace, secret);
        if (live && !isOurs(live) && !maySwitchSender(live.files, adopted))
            refuse("sender", name, `${namespace}/${secret}`);
    }
    for (const { name, namespace, secret } of receivers) {
        const live = await read(namespace, secret);
        if (live && !isOurs(live) && !mayRewriteReceiver(live.files, adopted))
            refuse("receiver", name, `${namespace}/${secret}`);
    }
}

interface LiveSecret {
    readonly annotations: Readonly<Record<string, string>>;
    readonly files: LiveFiles;
}

type Read = (namespace: string, name: string) => Promise<LiveSecret | undefined>;

/** Loaded only when it is needed, as it takes a third of a second. */
async function connect(): Promise<Read> {
    const { ApiException, CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromDefault();
    const context = new pulumi.Config("kubernetes").get("context");
    if (context !== undefined) config.setCurrentContext(context);
    const api = config.makeApiClient(CoreV1Api);
    return async (namespace, name) => {
        try {
            const { data = {}, metadata } = await api.readNamespacedSecret({ namespace, name });
            const files = Object.fromEntries(
                Object.entries(data).map(([file, text]) => [
                    file,
                    Buffer.from(text, "base64").toString(),
                ]),
            );
            return { annotations: metadata?.annotations ?? {}, files };
        } catch (error) {
            if (error instanceof ApiException && error.code === 404) return undefined;
            const reason =
                error instanceof ApiException ? `the cluster answered ${error.code}` : "no answer";
            throw new pulumi.RunError(`Secret ${namespace}/${name} cannot be looked at: ${reason}`);
        }
    };
}

function refuse(kind: string, name: string, secret: string): never {
    throw new pulumi.RunError(
        `Secret ${secret} of ${kind} ${name} is in the cluster but not in this stack's state, and holds more than the ` +
            "adopted credential: restore the state, or set adopted to the credential in use, or name another secret",
    );
}
