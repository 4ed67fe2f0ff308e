import type { RecordedResource } from "../holders/holder.ts";
import { HOLDERS } from "../holders/holders.ts";
import { decode } from "../holders/kubernetesSecret.ts";
import { SECRETS_MANAGER } from "../holders/secretsManager.ts";
import type { Entry, Files } from "../kinds/receiverKind.ts";
import { RECEIVERS } from "../kinds/receivers.ts";
import type { Adoption, RecordedUse, Remembered } from "../rotation/plan.ts";
import { parseRecord, type RotationRecord } from "../rotation/record.ts";

/** What the last recorded state of this stack says. */
export interface Recorded extends RecordedUse {
    /** The record of the last rotation, if there is one. */
    readonly record: RotationRecord | undefined;
    /** The cluster that was written to last. */
    readonly cluster: RecordedCluster;
    /** Whether there is a key that records are signed with. */
    readonly signed: boolean;
    /** Name of the mirror repository the stack made, if it did. */
    readonly repository: string | undefined;
    /**
     * Whether a rotation is on record and no file of the mirror: a refresh took them for gone, as
     * it does when the GitHub token does not see the repository.
     */
    readonly mirrorForgotten: boolean;
    /** Whom the mirror is encrypted to; none before there is one. */
    readonly recipients: readonly string[];
    /** Each sender's configuration, by the sender's name. */
    readonly configurations: Readonly<Record<string, string>>;
}

/** How the provider of Kubernetes was told where to write; nothing in a new stack. */
export interface RecordedCluster {
    /** What tells the cluster from others; none where the stack was not told yet. */
    readonly identity?: string;
    readonly kubeconfig?: string;
    readonly context?: string;
}

/** Recorded resources with their URNs. */
export type Resources = readonly (readonly [urn: string, resource: RecordedResource])[];

/**
 * Reads a stack's recorded resources. None are there in a new stack: nothing is in the result then.
 */
export function parseRecorded(resources: Resources): Recorded {
    const record = lastRecord(resources);
    const unproven = record?.proven.some(({ how }) => how === "unproven");
    const made = valuesMade(resources);
    return {
        record,
        signed: childrenOf(resources, "RotationRecord").some(([, { type }]) => type === PASSWORD),
        proven: unproven ? undefined : record?.revision,
        senders: {
            ...remembered(resources, "Sender", record),
            ...remembered(resources, "SecretsManager", record, SECRETS_MANAGER),
        },
        receivers: remembered(resources, "Receiver", record),
        kept: [...made.keys()],
        values: { ...valuesLetIn(resources), ...Object.fromEntries(made) },
        labels: texts(stashed(resources, "WriteCredential", "-labels")),
        refused: texts(stashed(resources, "WriteCredential", "-refused")),
        adoptions: adoptionsIn(stashed(resources, "WriteCredential", "-adopted")),
        cluster: clusterIn(resources),
        repository: resources.find(
            ([, { type }]) => type === "github:index/repository:Repository",
        )?.[1].outputs?.name,
        mirrorForgotten:
            record !== undefined &&
            !childrenOf(resources, "CredentialMirror").some(([urn]) => WRITTEN.test(urn)),
        recipients: childrenOf(resources, "CredentialMirror").flatMap(([, { type, outputs }]) =>
            type === STASH ? ((outputs?.output as { recipients?: string[] }).recipients ?? []) : [],
        ),
        configurations: Object.fromEntries(
            childrenOf(resources, "Sender").flatMap(([urn, { type, outputs }]) => {
                const [text] = type === CONFIG_MAP ? Object.values(outputs?.data ?? {}) : [];
                const name = nameOf(urn).replace(/-configuration$/, "");
                return text === undefined ? [] : [[name, text]];
            }),
        ),
    };
}

const STASH = "pulumi:index:Stash";
const PROVIDER = "pulumi:providers:kubernetes";
const PASSWORD = "random:index/randomPassword:RandomPassword";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
/** URNs of what stands for sealed files in the mirror: a file on GitHub, a push elsewhere. */
const WRITTEN = /\$github:index\/repositoryFile:RepositoryFile::|-pushed$/;

/** The resources in components of one type of ours. */
function childrenOf(resources: Resources, component: string): Resources {
    const prefix = `prometheus-write-secret:index:${component}$`;
    return resources.filter(([urn]) => urn.split("::").at(-2)?.startsWith(prefix));
}

/**
 * What holders remember in components of one type, by the name of the component, which names what
 * is in it too, unless told otherwise.
 */
function remembered(
    resources: Resources,
    component: string,
    record: RotationRecord | undefined,
    name?: string,
): Record<string, Remembered> {
    return Object.fromEntries(
        childrenOf(resources, component).flatMap(([urn, resource]) =>
            Object.values(HOLDERS)
                .flatMap((holder) => holder.recorded(resource, record) ?? [])
                .map((one) => [name ?? nameOf(urn), one] as const),
        ),
    );
}

function clusterIn(resources: Resources): RecordedCluster {
    const provider = resources.find(
        ([urn, { type }]) => type === PROVIDER && nameOf(urn) === "cluster",
    );
    const { clusterIdentifier: identity, kubeconfig, context } = provider?.[1].outputs ?? {};
    return {
        ...(typeof identity === "string" && { identity }),
        ...(typeof kubeconfig === "string" && { kubeconfig }),
        ...(typeof context === "string" && { context }),
    };
}

/** What is in the stash of a component whose name ends so; anything may be. */
function stashed(resources: Resources, component: string, ending: string): unknown {
    return childrenOf(resources, component).find(
        ([urn, { type }]) => type === STASH && nameOf(urn).endsWith(ending),
    )?.[1].outputs?.input;
}

function texts(content: unknown): readonly string[] {
    return Array.isArray(content) ? content.filter((one) => typeof one === "string") : [];
}

function adoptionsIn(content: unknown): Readonly<Record<string, Adoption>> {
    if (typeof content !== "object" || content === null) return {};
    return Object.fromEntries(
        Object.entries(content as Record<string, Partial<Adoption> | null>).flatMap(
            ([label, adoption]) => {
                const { salt, fingerprint } = adoption ?? {};
                const isWhole = typeof salt === "string" && typeof fingerprint === "string";
                return isWhole ? [[label, { salt, fingerprint }] as const] : [];
            },
        ),
    );
}

/** By label, the values of the passwords; a command that may not read secrets sees none. */
function valuesMade(resources: Resources): ReadonlyMap<string, string> {
    return new Map(
        childrenOf(resources, "WriteCredential").flatMap(([, { outputs }]) => {
            const { keepers, result } = outputs ?? {};
            if (keepers?.rotation === undefined) return [];
            return [[keepers.rotation, typeof result === "string" ? result : ""] as const];
        }),
    );
}

/** By label, the values that receivers let in. */
function valuesLetIn(resources: Resources): Readonly<Record<string, string>> {
    const entries = childrenOf(resources, "Receiver").flatMap(([, { outputs }]) =>
        entriesOf(decode(outputs?.data)),
    );
    return Object.fromEntries(
        entries.flatMap(({ label, value }) =>
            label === undefined || value === undefined ? [] : [[label, value] as const],
        ),
    );
}

/** Whom files let in, by the first kind of receiver that can read them. */
function entriesOf(files: Files): readonly Entry[] {
    for (const kind of Object.values(RECEIVERS)) {
        try {
            const entries = kind.parse(files);
            if (entries) return entries;
        } catch {
            // Broken by hand: the update writes them anew.
        }
    }
    return [];
}

/** None where it is no record, so that the next update makes one. */
function lastRecord(resources: Resources): RotationRecord | undefined {
    const [content] = childrenOf(resources, "RotationRecord").flatMap(([, { type, outputs }]) =>
        type === STASH
            ? ((outputs?.output as { content?: unknown } | undefined)?.content ?? [])
            : [],
    );
    return typeof content === "string" ? parseRecord(content) : undefined;
}

function nameOf(urn: string): string {
    return urn.split("::").at(-1) ?? urn;
}
