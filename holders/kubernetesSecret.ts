import type {
    ApiException as ApiExceptionOfClient,
    Cluster,
    CoreV1Api,
} from "@kubernetes/client-node";
import type { Files } from "../kinds/receiverKind.ts";
import type { Remembered } from "../rotation/plan.ts";
import type { Holder, Present } from "./holder.ts";

/**
 * Annotations on the Secrets this program writes are its memory: the recorded state of each Secret
 * says which generations it holds, also after an update that failed half-way (stack outputs are not
 * recorded then).
 */
const ACCEPTED = "prometheus-write-secret/accepted";
const REVISION = "prometheus-write-secret/revision";
const REFUSED = "prometheus-write-secret/refused";

/**
 * Takes a field back from whoever edited the Secret by hand; without it, server-side apply fails
 * with a conflict.
 */
const FORCE = "pulumi.com/patchForce";

/**
 * Where `kubectl apply` keeps a copy of what it applied: all that a Secret holds, and no secret to
 * the engine. `kubectl describe` prints it.
 */
export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * What the engine is to encrypt of a Secret in its state and hide in its output, beside the data:
 * the metadata, because of {@link LAST_APPLIED}. It heeds this in a refresh, too, which comes before
 * the program (engine 3.259).
 */
export const SEALED_OUTPUTS: readonly string[] = ["metadata"];

const SEPARATOR = ","; // no label holds one

/** Where a Secret is. */
export interface SecretPlace {
    readonly namespace: string;
    /** Its name. */
    readonly secret: string;
    /** The context of the kubeconfig to look with. Defaults to its current one. */
    readonly context?: string | undefined;
}

/** The part of a Kubernetes Secret that is no secret. */
export interface SecretMetadata {
    readonly name: string;
    readonly namespace: string;
    readonly annotations: Record<string, string>;
}

/** A Secret of Kubernetes, which pods mount. */
export const kubernetesSecret: Holder<SecretPlace> = {
    identity: ({ namespace, secret }) => `Secret ${namespace}/${secret}`,
    recorded: ({ outputs }) => parseAnnotations(outputs?.metadata?.annotations),
    present: readSecret,
};

/** Whose Secret it is, and what it was written for. */
export function secretMetadata(
    { secret, namespace }: SecretPlace,
    remembered: Remembered,
): SecretMetadata {
    return { name: secret, namespace, annotations: annotate(remembered) };
}

/** The annotations of a Secret that was written for this. */
export function annotate({
    current,
    accepted,
    revision,
    refused = [],
}: Remembered): Record<string, string> {
    return {
        // The current one comes first: it has no annotation of its own.
        [ACCEPTED]: [...new Set([current, ...accepted])].join(SEPARATOR),
        [REVISION]: String(revision),
        ...(refused.length > 0 && { [REFUSED]: refused.join(SEPARATOR) }),
        [FORCE]: "true",
    };
}

/** What {@link annotate} wrote, or undefined when the annotations are not ours. */
export function parseAnnotations(
    annotations: Readonly<Record<string, string>> | undefined,
): Remembered | undefined {
    const accepted = annotations?.[ACCEPTED]?.split(SEPARATOR) ?? [];
    const [current] = accepted;
    const revision = Number(annotations?.[REVISION]);
    if (!current || !Number.isSafeInteger(revision)) return undefined;
    const refused = annotations?.[REFUSED]?.split(SEPARATOR).filter(Boolean);
    return { current, accepted, revision, ...(refused && { refused }) };
}

/** Names a Secret in whose annotations `kubectl apply` left a copy, and what removes it. */
export function adviceOn(
    { namespace, secret }: Pick<SecretPlace, "namespace" | "secret">,
    annotations: Readonly<Record<string, string>> | undefined,
): string | undefined {
    if (annotations?.[LAST_APPLIED] === undefined) return undefined;
    return (
        `Secret ${namespace}/${secret} carries a copy of what it held, in plain text, in an annotation that kubectl apply left: ` +
        `kubectl annotate secret -n ${namespace} ${secret} ${LAST_APPLIED}-`
    );
}

/** Files from the `data` of a Secret, which is in base64; anything may be there. */
export function decode(data: Readonly<Record<string, unknown>> | undefined): Files {
    return Object.fromEntries(
        Object.entries(data ?? {}).flatMap(([file, text]) =>
            typeof text === "string" ? [[file, Buffer.from(text, "base64").toString()]] : [],
        ),
    );
}

async function readSecret({
    namespace,
    secret,
    context,
}: SecretPlace): Promise<Present | undefined> {
    const { api, ApiException } = await kubernetesClient(context);
    try {
        const { data, metadata } = await api.readNamespacedSecret({ namespace, name: secret });
        const annotations = metadata?.annotations;
        return {
            files: decode(data),
            remembered: parseAnnotations(annotations),
            advice: adviceOn({ namespace, secret }, annotations),
        };
    } catch (error) {
        const code = error instanceof ApiException ? error.code : undefined;
        if (code === 404) return undefined;
        // A code or a class, never a message: an answer may repeat what it is about.
        const reason = code ?? (error instanceof Error ? error.name : "");
        throw new Error(
            `(${reason}): the update needs a kubeconfig that can get, list, watch, create and ` +
                "patch Secrets there",
            { cause: error },
        );
    }
}

/** A way to ask a cluster, by a context of the kubeconfig. */
export interface KubernetesClient {
    readonly api: CoreV1Api;
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
    const { ApiException, CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromDefault();
    if (context !== undefined) config.setCurrentContext(context);
    return {
        ApiException,
        api: config.makeApiClient(CoreV1Api),
        cluster: config.getCurrentCluster(),
    };
}
