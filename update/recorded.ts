import * as z from "zod";
import type { Resources } from "../holders/holder.ts";
import { HOLDERS, type Role } from "../holders/holders.ts";
import { type OwnedObject, recordedObject } from "../holders/objects.ts";
import { isForced } from "../holders/kubernetesSecret.ts";
import { SECRETS_MANAGER } from "../holders/secretsManager.ts";
import type { RecordedUse, Remembered } from "../rotation/recordedUse.ts";
import type { RecordedPaths } from "../rotation/paths.ts";
import { parseRecord, type RotationRecord } from "../rotation/record.ts";
import { generationsIn, knownLabels } from "./recordedCredential.ts";
import { externalsIn } from "./recordedExternals.ts";
import { type Tokens, tokensIn, valuesOf } from "./recordedTokens.ts";
import { type Logins, openedIn } from "./recordedReceivers.ts";
import {
    type MirrorFile,
    mirrorFilesIn,
    type MirrorPush,
    mirrorPushesIn,
} from "./recordedMirror.ts";
import { childrenOf, nameOf, STASH } from "./resources.ts";

/** What the last recorded state of this stack says. */
export interface Recorded extends RecordedUse {
    /** The record of the last rotation, if there is one. */
    readonly record: RotationRecord | undefined;
    /** What is recorded of values that vendors minted. */
    readonly tokens: Tokens;
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
    /** What the stack wrote to mirrors. */
    readonly mirrorFiles: readonly MirrorFile[];
    /** What it pushed to Git hosts. */
    readonly mirrorPushes: readonly MirrorPush[];
    /** The sealed texts, by path, which are recorded before they are written to the mirror. */
    readonly sealed: Readonly<Record<string, string>>;
    /** Whom the mirror is encrypted to; none before there is one. */
    readonly recipients: readonly string[];
    /** The paths of receivers, by name, for those that open some alone. */
    readonly paths: Readonly<Record<string, Omit<RecordedPaths, "used">>>;
    /** The usernames receivers let in by their files, by label, by the receiver's name. */
    readonly logins: Readonly<Record<string, Logins>>;
    /** Each sender's configuration, by the sender's name. */
    readonly configurations: Readonly<Record<string, string>>;
    /** Senders whose configuration is taken back from whoever edits it. */
    readonly forced: readonly string[];
    /** What senders and receivers have, by where it is. */
    readonly objects: readonly OwnedObject[];
    /** What senders and receivers were called when they were recorded, by their configured names. */
    readonly formerNames: Readonly<Record<Role, Readonly<Record<string, string>>>>;
}

/** How the provider of Kubernetes was told where to write; nothing in a new stack. */
export interface RecordedCluster {
    /** What tells the cluster from others; none where the stack was not told yet. */
    readonly identity?: string;
    readonly kubeconfig?: string;
    readonly context?: string;
}

/**
 * Reads a stack's recorded resources. None are there in a new stack: nothing is in the result then.
 *
 * After a refresh they say what people made of the objects, so nothing in them is taken for ours
 * before it is seen to be: what cannot be read counts as not recorded, and is written again.
 */
export function parseRecorded(resources: Resources): Recorded {
    const record = lastRecord(resources);
    const { letIn, ...opened } = openedIn(childrenOf(resources, "Receiver"), record);
    const generations = generationsIn(resources, letIn);
    const tokens = tokensIn(childrenOf(resources, "WriteCredential"));
    const memory = { record, known: knownLabels(resources, record, generations, opened) };
    const unproven = record?.proven.some(({ how }) => how === "unproven");
    const ofMirror = [
        ...childrenOf(resources, "CredentialMirror"),
        ...childrenOf(resources, "RotationRecord"),
    ];
    return {
        record,
        signed: childrenOf(resources, "RotationRecord").some(([, { type }]) => type === PASSWORD),
        proven: unproven ? undefined : record?.revision,
        senders: {
            ...remembered(resources, "Sender", memory),
            ...externalsIn(childrenOf(resources, "Host")),
            ...remembered(resources, "SecretsManager", memory, SECRETS_MANAGER),
        },
        receivers: {
            ...remembered(resources, "Receiver", memory),
            ...externalsIn(childrenOf(resources, "ExternalReceiver")),
        },
        ...generations,
        ...opened,
        tokens,
        minted: valuesOf(tokens),
        cluster: clusterIn(resources),
        repository: repositoryIn(resources),
        mirrorForgotten:
            record !== undefined &&
            !childrenOf(resources, "CredentialMirror").some(([urn]) => WRITTEN.test(urn)),
        mirrorFiles: mirrorFilesIn(ofMirror),
        mirrorPushes: mirrorPushesIn(ofMirror),
        ...sealedIn(childrenOf(resources, "CredentialMirror")),
        configurations: configurationsIn(childrenOf(resources, "Sender")),
        forced: childrenOf(resources, "Sender").flatMap(([urn, { type, outputs }]) =>
            type === CONFIG_MAP && isForced(outputs) ? [configuredBy(urn)] : [],
        ),
        objects: [
            ...ownedIn(resources, "Receiver", "receivers"),
            ...ownedIn(resources, "Sender", "senders"),
            ...ownedIn(resources, "SecretsManager", "senders", SECRETS_MANAGER),
        ],
        formerNames: { receivers: {}, senders: {} },
    };
}

const PROVIDER = "pulumi:providers:kubernetes";
const PASSWORD = "random:index/randomPassword:RandomPassword";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
/** URNs of what stands for sealed files in the mirror: a file on GitHub, a push elsewhere. */
const WRITTEN = /\$github:index\/repositoryFile:RepositoryFile::|-pushed$/;

const text = z.string().optional().catch(undefined);
const providerSchema = z.object({ clusterIdentifier: text, kubeconfig: text, context: text });
const repositorySchema = z.object({ name: z.string() });
const sealedSchema = z.object({
    output: z.object({
        recipients: z.array(z.string()).default([]).catch([]),
        files: z.record(z.string(), z.string()).default({}).catch({}),
    }),
});
const recordSchema = z.object({ output: z.object({ content: z.string() }) });
const dataSchema = z.object({ data: z.record(z.string(), z.unknown()) });

function clusterIn(resources: Resources): RecordedCluster {
    const [, provider] =
        resources.find(([urn, { type }]) => type === PROVIDER && nameOf(urn) === "cluster") ?? [];
    const told = providerSchema.safeParse(provider?.outputs).data ?? {};
    const { clusterIdentifier: identity, kubeconfig, context } = told;
    return {
        ...(identity !== undefined && { identity }),
        ...(kubeconfig !== undefined && { kubeconfig }),
        ...(context !== undefined && { context }),
    };
}

function sealedIn(resources: Resources): Pick<Recorded, "recipients" | "sealed"> {
    const stashes = resources.flatMap(([, { type, outputs }]) =>
        type === STASH ? (sealedSchema.safeParse(outputs).data?.output ?? []) : [],
    );
    return {
        recipients: stashes.flatMap(({ recipients }) => recipients),
        sealed: Object.assign({}, ...stashes.map(({ files }) => files)) as Record<string, string>,
    };
}

function repositoryIn(resources: Resources): string | undefined {
    const [, made] =
        resources.find(([, { type }]) => type === "github:index/repository:Repository") ?? [];
    return repositorySchema.safeParse(made?.outputs).data?.name;
}

function configurationsIn(resources: Resources): Record<string, string> {
    return Object.fromEntries(
        resources.flatMap(([urn, { type, outputs }]) => {
            const data = type === CONFIG_MAP ? dataSchema.safeParse(outputs).data?.data : {};
            const [text] = Object.values(data ?? {});
            return typeof text === "string" ? [[configuredBy(urn), text]] : [];
        }),
    );
}

/** The sender whose configuration it is. */
function configuredBy(urn: string): string {
    return nameOf(urn).replace(/-configuration$/, "");
}

/** The objects in components of one type, by the name of the component. */
function ownedIn(
    resources: Resources,
    component: string,
    role: Role,
    name?: string,
): readonly OwnedObject[] {
    return childrenOf(resources, component).flatMap(([urn, resource]) => {
        const found = recordedObject(resource);
        const own = found?.key === "configMap" ? configuredBy(urn) : nameOf(urn);
        return found ? [{ role, name: name ?? own, ...found }] : [];
    });
}

/** What else is recorded, by which it is seen whether a Secret can hold what it says. */
interface Memory {
    readonly record: RotationRecord | undefined;
    /** Every label a generation had; none where nothing says. */
    readonly known: ReadonlySet<string>;
}

/**
 * What holders remember in components of one type, by the name of the component, which names what
 * is in it too, unless told otherwise. Nothing of a Secret that names a generation there never was,
 * as somebody's edit does: no receiver could be given it, so no update could go on from it.
 */
function remembered(
    resources: Resources,
    component: string,
    { record, known }: Memory,
    name?: string,
): Record<string, Remembered> {
    return Object.fromEntries(
        childrenOf(resources, component).flatMap(([urn, resource]) =>
            Object.values(HOLDERS)
                .flatMap((holder) => holder.recorded(resource, record) ?? [])
                .filter(
                    ({ accepted }) => known.size === 0 || accepted.every((one) => known.has(one)),
                )
                .map((one) => [name ?? nameOf(urn), one] as const),
        ),
    );
}

/** None where it is no record, so that the next update makes one. */
function lastRecord(resources: Resources): RotationRecord | undefined {
    const [content] = childrenOf(resources, "RotationRecord").flatMap(([, { type, outputs }]) =>
        type === STASH ? (recordSchema.safeParse(outputs).data?.output.content ?? []) : [],
    );
    return content === undefined ? undefined : parseRecord(content);
}
