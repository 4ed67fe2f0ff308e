import type { RecordedSecret, RecordedUse } from "../rotation/plan.ts";
import type { RotationRecord } from "../rotation/record.ts";
import { parseAnnotations } from "../holders/kubernetesSecret.ts";

/** What the last recorded state of this stack says. */
export interface Memory extends RecordedUse {
    /** The record of the last rotation, if there is one. */
    readonly record: RotationRecord | undefined;
    /** Name of the mirror repository the stack made, if it did. */
    readonly repository: string | undefined;
    /**
     * Whether a rotation is on record and no file of the mirror: a refresh took them for gone, as
     * it does when the GitHub token does not see the repository.
     */
    readonly mirrorForgotten: boolean;
    /** Whom the mirror is encrypted to; none before there is one. */
    readonly recipients: readonly string[];
    /** Each sender's `prometheus.yml`, by the sender's name. */
    readonly configurations: Readonly<Record<string, string>>;
}

/** A resource as the engine records it, as far as it is read. */
export interface RecordedResource {
    readonly type: string;
    /** None where a component has none. */
    readonly outputs?: {
        readonly metadata?: { readonly annotations?: Record<string, string> };
        readonly data?: Record<string, string>;
        readonly keepers?: { readonly rotation?: string };
        readonly name?: string;
        readonly input?: unknown;
        readonly output?: unknown;
    };
}

/** Recorded resources with their URNs. */
export type Resources = readonly (readonly [urn: string, resource: RecordedResource])[];

/**
 * Reads a stack's recorded resources. None are there in a new stack: nothing is in the result then.
 */
export function parseMemory(resources: Resources): Memory {
    const record = parseRecord(resources);
    const unproven = record?.proven.some(({ how }) => how === "unproven");
    return {
        record,
        proven: unproven ? undefined : record?.revision,
        senders: recordedSecrets(resources, "Sender"),
        receivers: recordedSecrets(resources, "Receiver"),
        kept: childrenOf(resources, "WriteCredential").flatMap(([, { outputs }]) =>
            outputs?.keepers?.rotation === undefined ? [] : [outputs.keepers.rotation],
        ),
        labels: childrenOf(resources, "WriteCredential").flatMap(([, { type, outputs }]) =>
            type === STASH ? (outputs?.input as string[]) : [],
        ),
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
            childrenOf(resources, "Sender").flatMap(([urn, { outputs }]) => {
                const text = outputs?.data?.["prometheus.yml"];
                return text === undefined
                    ? []
                    : [[nameOf(urn).replace(/-configuration$/, ""), text]];
            }),
        ),
    };
}

const STASH = "pulumi:index:Stash";
/** URNs of what stands for sealed files in the mirror: a file on GitHub, a push elsewhere. */
const WRITTEN = /\$github:index\/repositoryFile:RepositoryFile::|-pushed$/;

/** The resources in components of one type of ours. */
function childrenOf(resources: Resources, component: string): Resources {
    const prefix = `prometheus-write-secret:index:${component}$`;
    return resources.filter(([urn]) => urn.split("::").at(-2)?.startsWith(prefix));
}

/**
 * What is recorded of the Secrets in components of one type, by the name of the component, which
 * names both.
 */
function recordedSecrets(resources: Resources, component: string): Record<string, RecordedSecret> {
    return Object.fromEntries(
        childrenOf(resources, component).flatMap(([urn, { outputs }]) => {
            const recorded = parseAnnotations(outputs?.metadata?.annotations);
            return recorded ? [[nameOf(urn), recorded]] : [];
        }),
    );
}

function parseRecord(resources: Resources): RotationRecord | undefined {
    const [content] = childrenOf(resources, "RotationRecord").flatMap(([, { type, outputs }]) =>
        type === STASH
            ? ((outputs?.output as { content?: string } | undefined)?.content ?? [])
            : [],
    );
    return content === undefined ? undefined : (JSON.parse(content) as RotationRecord);
}

function nameOf(urn: string): string {
    return urn.split("::").at(-1) ?? urn;
}
