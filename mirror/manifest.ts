import { parseAllDocuments, stringify } from "yaml";
import * as z from "zod";
import {
    annotate,
    parseAnnotations,
    type SecretMetadata,
    secretMetadata,
} from "../holders/kubernetesSecret.ts";
import { kindOfReceiver, readReceiver } from "../kinds/receivers.ts";
import type { Entry, EntryName, Files } from "../kinds/receiverKind.ts";
import { kindOfSender } from "../kinds/senders.ts";
import { authorizationOf } from "../rotation/authorization.ts";
import { type Generation, isLabel, valueAt } from "../rotation/generation.ts";
import type { Remembered } from "../rotation/recordedUse.ts";
import { MANIFEST } from "../seal/manifestYaml.ts";
import {
    isWritten,
    receiverOf,
    type ReceiverSettings,
    type SenderSettings,
} from "../settings/settings.ts";

/** The senders and receivers whose Secrets a manifest holds. */
export interface Fleet {
    readonly senders: readonly SenderSettings[];
    readonly receivers: readonly ReceiverSettings[];
}

/** What receivers accept, and which of it senders get. Secret. */
export interface Generations {
    /** Label of the generation senders get. */
    readonly current: string;
    /** Every generation receivers accept, the current among them. */
    readonly accepted: readonly Generation[];
}

/** The manifest from which `kubectl apply` restores the Secrets of all senders and receivers. Secret. */
export function renderManifest(fleet: Fleet, { current, accepted }: Generations): string {
    const generation = accepted.find(({ label }) => label === current);
    if (!generation) throw new Error("a manifest needs the generation that senders get");
    // Revision 0 is older than any plan: the next update writes a restored Secret again.
    const remembered = { current, accepted: accepted.map(({ label }) => label), revision: 0 };
    const written = fleet.receivers.filter(isWritten);
    const documents = [
        ...fleet.senders.map((sender) => {
            const receiver = receiverOf(sender, fleet);
            const value = valueAt(generation, receiver.name);
            const kind = kindOfSender(sender);
            const files = kind.credential(sender, receiver, { ...generation, value });
            return [secretMetadata(sender, remembered), files] as const;
        }),
        ...written.map((receiver) => {
            const files = kindOfReceiver(receiver).render(receiver, accepted);
            return [secretMetadata(receiver, remembered), files] as const;
        }),
    ];
    const hidden =
        written.length < fleet.receivers.length ||
        written.some((receiver, index) =>
            hidesValues(receiver, documents[fleet.senders.length + index]?.[1] ?? {}),
        );
    const all = [
        ...documents,
        ...(hidden ? [keep(fleet, remembered, accepted)] : []),
        ...fleet.receivers
            .filter(({ name }) => accepted.some(({ values }) => values?.[name] !== undefined))
            .map((receiver) => keepAt(receiver, fleet, remembered, accepted)),
    ];
    return all
        .map(([metadata, stringData]) =>
            stringify(
                { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", stringData },
                MANIFEST,
            ),
        )
        .join("---\n");
}

/** Whether a receiver's files hold hashes, from which no value can be had back. */
function hidesValues(receiver: ReceiverSettings, files: Files): boolean {
    const entries = kindOfReceiver(receiver).parse(files) ?? [];
    return entries.some(({ value }) => value === undefined);
}

/** The values themselves, as a Secret of their own that nobody reads: `<username>:<value>` by label. */
function keep(
    { senders, receivers }: Fleet,
    remembered: Remembered,
    accepted: readonly Generation[],
): readonly [SecretMetadata, Files] {
    const steady = receivers.find((receiver) => !isWritten(receiver))?.username ?? "";
    const logins = accepted.map(
        ({ label, username = steady, value }) => [label, `${username}:${value}`] as const,
    );
    return secretOf(KEPT, "generations", { senders, receivers }, remembered, logins);
}

/** Likewise, the values at a receiver that has values of its own. */
function keepAt(
    { name, username = "" }: ReceiverSettings,
    fleet: Fleet,
    remembered: Remembered,
    accepted: readonly Generation[],
): readonly [SecretMetadata, Files] {
    const logins = accepted.map((one) => [one.label, `${username}:${valueAt(one, name)}`] as const);
    return secretOf(`${KEPT}-${name}`, AT + name, fleet, remembered, logins);
}

function secretOf(
    secret: string,
    keeps: string,
    { senders, receivers }: Fleet,
    remembered: Remembered,
    logins: readonly (readonly [label: string, login: string])[],
): readonly [SecretMetadata, Files] {
    const namespace = receivers.find(isWritten)?.namespace ?? senders[0]?.namespace ?? "default";
    const metadata = secretMetadata({ secret, namespace }, remembered);
    const annotations = { ...metadata.annotations, [KEEPS]: keeps };
    return [{ ...metadata, annotations }, Object.fromEntries(logins)];
}

/** What that Secret is called, and what tells it from one that happens to be called so. */
const KEPT = "write-credential-generations";
const KEEPS = "prometheus-write-secret/keeps";
/** Begins what it says where the values are those at one receiver, which it names. */
const AT = "generations at ";

/**
 * The same manifest with hashes in place of the values, and no generation before another: it
 * changes exactly when the mirror must be sealed again, which going back to a generation the mirror
 * holds is not.
 */
export function renderShape(fleet: Fleet, hashes: Readonly<Record<string, string>>): string {
    const accepted = Object.keys(hashes)
        .sort()
        .map((label) => ({ label, value: hashes[label] ?? "", bcrypt: hashes[label] }));
    return renderManifest(fleet, { current: accepted[0]?.label ?? "", accepted });
}

/** What {@link renderManifest} wrote, read back. Secret. */
export interface Recovered extends Generations {
    /** What goes with each in basic authentication; undefined where they are bearer tokens. */
    readonly username: string | undefined;
    /** The Kubernetes Secrets of all senders and receivers. */
    readonly secrets: readonly Secret[];
}

const NO_MANIFEST = "what was sealed is no manifest of this program";

// Part of a path, so nothing else may be in it.
const name = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
const fileName = z.string().regex(/^(?!\.+$)[-._a-zA-Z0-9]+$/);
const annotation = z.string().regex(/^(prometheus-write-secret\/[a-z-]+|pulumi\.com\/patchForce)$/);

// What is in no manifest of ours is refused, not passed on: an owner or a finalizer, say, would act.
const secretSchema = z.strictObject({
    apiVersion: z.literal("v1"),
    kind: z.literal("Secret"),
    metadata: z.strictObject({
        name,
        namespace: name,
        annotations: z.record(annotation, z.string()),
    }),
    type: z.literal("Opaque"),
    stringData: z.record(fileName, z.string()),
});

type Secret = z.infer<typeof secretSchema>;

/**
 * Reads what {@link renderManifest} wrote, and has senders get the generation named, else the one
 * it gives them.
 *
 * After going back the file still gives senders the generation they went back from, so the record
 * decides. Throws a one-line error, without anything of the text, when it is no such manifest or
 * holds no such generation.
 */
export function parseManifest(text: string, wanted?: string): Recovered {
    const all = parseSecrets(text);
    const keptAs = ({ metadata }: Secret) => metadata.annotations[KEEPS];
    const secrets = all.filter((secret) => keptAs(secret) === undefined);
    const own = all.filter((secret) => keptAs(secret)?.startsWith(AT));
    const kept = all.find((secret) => keptAs(secret) !== undefined && !own.includes(secret));
    const entries = kept
        ? Object.entries(kept.stringData).map(([label, login]) => keptEntry(label, login))
        : secrets.flatMap(({ stringData }) => entriesOf(stringData));
    const values = new Map(entries.map(({ label = "", value = "" }) => [label, value]));
    const remembered = parseAnnotations(secrets[0]?.metadata.annotations);
    const labels = remembered?.accepted ?? [...values.keys()];
    const former = remembered?.current ?? labels[0] ?? "";
    const current = wanted ?? former;
    if (!values.has(current)) {
        throw new Error(
            `the sealed file holds no generation ${current}: it holds ${[...values.keys()].join(", ") || "none"}`,
        );
    }
    const order = [...new Set([current, ...labels])].filter((label) => values.has(label));
    const ownOf = (label: string) =>
        own.map((secret) => keptEntry(label, secret.stringData[label] ?? ""));
    const accepted = order.map((label) => ({
        ...{ label, value: values.get(label) ?? "" },
        ...(own.length > 0 && { values: valuesAt(own, ownOf(label)) }),
    }));
    const entryOf = (label: string) => entries.find((one) => one.label === label);
    const [from, to] = [former, current].map((label) =>
        [entryOf(label), ...ownOf(label)].flatMap(partsOf),
    );
    const username = entryOf(current)?.username;
    const chosen = order.map((label) => ({ label, username: entryOf(label)?.username }));
    const changed = new Map(from?.map((part, index) => [part, to?.[index]]));
    const given = secrets.map((secret) => give(secret, changed, chosen));
    return { current, accepted, username, secrets: given };
}

/** By the receiver's name, from what is kept of each and the entries in it. */
function valuesAt(
    own: readonly Secret[],
    entries: readonly Entry[],
): NonNullable<Generation["values"]> {
    return Object.fromEntries(
        own.map(({ metadata }, index) => [
            metadata.annotations[KEEPS]?.slice(AT.length) ?? "",
            entries[index]?.value ?? "",
        ]),
    );
}

function keptEntry(label: string, login: string): Entry {
    const [, username, value] = /^([^:]*):(.*)$/s.exec(login) ?? [];
    return { label, username: username || undefined, form: "basic", value, route: undefined };
}

/** The manifest as `kubectl apply` takes it. */
export function renderRecovered({ secrets }: Recovered): string {
    return secrets.map((secret) => stringify(secret, { lineWidth: 0 })).join("---\n");
}

function parseSecrets(text: string): readonly Secret[] {
    const documents = parseAllDocuments(text);
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) {
        throw new Error(`${NO_MANIFEST}: it is not YAML`);
    }
    const parsed = documents.map((document) => secretSchema.safeParse(document.toJS()));
    return parsed.map(({ data }) => {
        if (data !== undefined) return data;
        throw new Error(`${NO_MANIFEST}: it is not Secrets alone`);
    });
}

/** Those a receiver's files let in; none in a sender's. */
function entriesOf(files: Files): readonly Entry[] {
    const entries = read(files)?.entries;
    if (entries === undefined) return [];
    const known = entries.every(
        ({ label, value }) => label !== undefined && isLabel(label) && value !== undefined,
    );
    if (known && entries.length > 0) return entries;
    throw new Error(`${NO_MANIFEST}: a receiver's Secret in it names no generations`);
}

function read(files: Files): ReturnType<typeof readReceiver> {
    try {
        return readReceiver(files);
    } catch (cause) {
        throw new Error(`${NO_MANIFEST}: a receiver's Secret in it cannot be read`, { cause });
    }
}

/** In whatever form a sender has what it authenticates by, the value last. */
function partsOf(entry: Entry | undefined): readonly (string | undefined)[] {
    const { username, value = "" } = entry ?? {};
    return [username, authorizationOf(value, username), value];
}

/** The Secret with what changes in place of the former login, and the generations in their order. */
function give(
    secret: Secret,
    changed: ReadonlyMap<string | undefined, string | undefined>,
    chosen: readonly EntryName[],
): Secret {
    const { metadata, stringData } = secret;
    const accepted = chosen.map(({ label }) => label);
    const [current = ""] = accepted;
    const annotations = {
        ...metadata.annotations,
        ...annotate({ current, accepted, revision: 0 }),
    };
    const receiver = read(stringData);
    const files = Object.entries(stringData).map(
        ([file, text]) => [file, changed.get(text) ?? text] as const,
    );
    return {
        ...secret,
        metadata: { ...metadata, annotations },
        stringData: {
            ...(receiver?.kind.select(stringData, chosen) ?? Object.fromEntries(files)),
        },
    };
}
