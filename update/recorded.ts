import type { RecordedResource } from "../holders/holder.ts";
import { HOLDERS } from "../holders/holders.ts";
import { SECRETS_MANAGER } from "../holders/secretsManager.ts";
import type { RecordedUse, Remembered } from "../rotation/plan.ts";
import type { RotationRecord } from "../rotation/record.ts";

/** What the last recorded state of this stack says. */
export interface Recorded extends RecordedUse {
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
    /** Each sender's configuration, by the sender's name. */
    readonly configurations: Readonly<Record<string, string>>;
}

/** Recorded resources with their URNs. */
export type Resources = readonly (readonly [urn: string, resource: RecordedResource])[];

/**
 * Reads a stack's recorded resources. None are there in a new stack: nothing is in the result then.
 */
export function parseRecorded(resources: Resources): Recorded {
    const record = parseRecord(resources);
    const unproven = record?.proven.some(({ how }) => how === "unproven");
    return {
        record,
        proven: unproven ? undefined : record?.revision,
        senders: {
            ...remembered(resources, "Sender", record),
            ...remembered(resources, "SecretsManager", record, SECRETS_MANAGER),
        },
        receivers: remembered(resources, "Receiver", record),
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
            childrenOf(resources, "Sender").flatMap(([urn, { type, outputs }]) => {
                const [text] = type === CONFIG_MAP ? Object.values(outputs?.data ?? {}) : [];
                const name = nameOf(urn).replace(/-configuration$/, "");
                return text === undefined ? [] : [[name, text]];
            }),
        ),
    };
}

const STASH = "pulumi:index:Stash";
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
