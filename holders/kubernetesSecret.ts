import type { CoreV1Api } from "@kubernetes/client-node";
import * as z from "zod";
import { isLabel } from "../rotation/generation.ts";
import type { Files } from "../kinds/receiverKind.ts";
import type { Remembered } from "../rotation/recordedUse.ts";
import type { Holder, Present } from "./holder.ts";
import { readObject } from "./kubernetesObject.ts";

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

/** Annotations that take an object back from whoever edits it. */
export const FORCED: Readonly<Record<string, string>> = { [FORCE]: "true" };

/** Whether a recorded object is taken back. */
export function isForced(outputs: unknown): boolean {
    return annotationsIn(outputs)?.[FORCE] !== undefined;
}

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

/** Who reads a Secret. */
export interface Reading {
    readonly component: "receiver" | "sender";
    /** Whether it reads again while it runs, so that nobody needs to restart it. */
    readonly rereads: boolean;
}

/**
 * Keeps Stakater's Reloader (1.4) from restarting what reads a changed Secret by itself: a sender
 * that is restarted with a backlog loses it.
 */
const LEFT_ALONE = "reloader.stakater.com/ignore";

const TYPE = "kubernetes:core/v1:Secret";

const named = z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) });

/** Where a recorded object of Kubernetes is; undefined where its outputs do not say. */
export function whereIn(
    outputs: unknown,
): { readonly name: string; readonly namespace: string } | undefined {
    return named.safeParse(outputs).data?.metadata;
}

/** A Secret of Kubernetes, which pods mount. */
export const kubernetesSecret: Holder<SecretPlace> = {
    identity: ({ namespace, secret }) => `Secret ${namespace}/${secret}`,
    placeOf: ({ type, outputs }) => {
        const where = type === TYPE ? whereIn(outputs) : undefined;
        return where && { namespace: where.namespace, secret: where.name };
    },
    recorded: ({ type, outputs }) =>
        type === TYPE ? parseAnnotations(annotationsIn(outputs)) : undefined,
    present: readSecret,
};

const annotated = z.object({
    metadata: z.object({ annotations: z.record(z.string(), z.unknown()) }),
});

function annotationsIn(outputs: unknown): Readonly<Record<string, unknown>> | undefined {
    return annotated.safeParse(outputs).data?.metadata.annotations;
}

/** Whose Secret it is, and what it was written for. */
export function secretMetadata(
    { secret, namespace }: SecretPlace,
    remembered: Remembered,
): SecretMetadata {
    return { name: secret, namespace, annotations: annotate(remembered) };
}

/** The same, with what people and controllers look for on a Secret. */
export function labelled(metadata: SecretMetadata, { component, rereads }: Reading): object {
    return {
        ...metadata,
        labels: {
            "app.kubernetes.io/name": "prometheus-write-secret",
            "app.kubernetes.io/component": component,
            "app.kubernetes.io/managed-by": "pulumi",
        },
        annotations: { ...metadata.annotations, ...(rereads && { [LEFT_ALONE]: "true" }) },
    };
}

/**
 * What of the metadata may differ from {@link labelled}, as `ignoreChanges` has it: labels,
 * which people add to, and what a Secret of an earlier release lacks until it is written for
 * another revision.
 */
export function differing(
    former: Pick<Remembered, "revision"> | undefined,
    { revision }: Pick<Remembered, "revision">,
): string[] {
    if (former?.revision !== revision) return [];
    return ["metadata.labels", `metadata.annotations["${LEFT_ALONE}"]`];
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
        ...FORCED,
    };
}

/**
 * What {@link annotate} wrote, or undefined when the annotations are not ours, or not as we wrote
 * them: people edit them, too.
 */
export function parseAnnotations(
    annotations: Readonly<Record<string, unknown>> | undefined,
): Remembered | undefined {
    const [list, count] = [annotations?.[ACCEPTED], annotations?.[REVISION]];
    if (typeof list !== "string" || typeof count !== "string") return undefined;
    const accepted = list.split(SEPARATOR);
    const [current = ""] = accepted;
    if (!accepted.every(isLabel) || !/^\d{1,15}$/.test(count)) return undefined;
    const told = annotations?.[REFUSED];
    const refused = typeof told === "string" ? told.split(SEPARATOR).filter(isLabel) : undefined;
    return { current, accepted, revision: Number(count), ...(refused && { refused }) };
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
export function decode(data: unknown): Files {
    return Object.fromEntries(
        Object.entries(typeof data === "object" && data !== null ? data : {}).flatMap(
            ([file, text]) =>
                typeof text === "string" ? [[file, Buffer.from(text, "base64").toString()]] : [],
        ),
    );
}

async function readSecret({
    namespace,
    secret,
    context,
}: SecretPlace): Promise<Present | undefined> {
    const read = (api: CoreV1Api) => api.readNamespacedSecret({ namespace, name: secret });
    const found = await readObject(read, context);
    if (!found) return undefined;
    const annotations = found.metadata?.annotations;
    return {
        files: decode(found.data),
        remembered: parseAnnotations(annotations),
        advice: adviceOn({ namespace, secret }, annotations),
    };
}
