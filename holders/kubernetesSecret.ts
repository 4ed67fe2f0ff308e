import { stringify } from "yaml";
import type { Generation } from "../rotation/generation.ts";
import type { RecordedSecret } from "../rotation/plan.ts";
import type { ReceiverSettings, SenderSettings } from "../settings/settings.ts";
import { renderVmauth } from "../kinds/receivers/vmauth.ts";

/**
 * Annotations on the Secrets this program writes are its memory: the recorded state of each Secret
 * says which generations it holds, also after an update that failed half-way (stack outputs are not
 * recorded then).
 */
const ACCEPTED = "prometheus-write-secret/accepted";
const REVISION = "prometheus-write-secret/revision";

/**
 * Takes a field back from whoever edited the Secret by hand; without it, server-side apply fails
 * with a conflict.
 */
const FORCE = "pulumi.com/patchForce";

const SEPARATOR = ","; // no label holds one

/** The part of a Kubernetes Secret that is no secret. */
export interface SecretMetadata {
    readonly name: string;
    readonly namespace: string;
    readonly annotations: Record<string, string>;
}

/** The files of a Kubernetes Secret, by name. Secret. */
export type SecretFiles = Record<string, string>;

/** Whose Secret it is, and what it was written for. */
export function secretMetadata(
    { secret, namespace }: ReceiverSettings | SenderSettings,
    recorded: RecordedSecret,
): SecretMetadata {
    return { name: secret, namespace, annotations: annotate(recorded) };
}

/** The annotations of a Secret that was written for this. */
export function annotate({ accepted, revision }: RecordedSecret): Record<string, string> {
    return {
        [ACCEPTED]: accepted.join(SEPARATOR),
        [REVISION]: String(revision),
        [FORCE]: "true",
    };
}

/** What {@link secretMetadata} wrote, or undefined when the annotations are not ours. */
export function parseAnnotations(
    annotations: Readonly<Record<string, string>> | undefined,
): RecordedSecret | undefined {
    const accepted = annotations?.[ACCEPTED];
    const revision = Number(annotations?.[REVISION]);
    if (!accepted || !Number.isSafeInteger(revision)) return undefined;
    return { accepted: accepted.split(SEPARATOR), revision };
}

/** What a receiver authenticates pushes by: `auth.yml` for vmauth. */
export function receiverFiles(
    { upstream, url, username }: ReceiverSettings,
    accepted: readonly Generation[],
): SecretFiles {
    return {
        "auth.yml": renderVmauth(accepted, { upstream, path: new URL(url).pathname, username }),
    };
}

/**
 * What a sender authenticates by: token or password in one file, so that no request carries half a
 * new credential.
 */
export function senderFiles(value: string): SecretFiles {
    return { token: value };
}

/**
 * How manifests are written: `kubectl` reads YAML 1.1, to which the label `on` is true and `1_000`
 * a number.
 */
export const MANIFEST = { lineWidth: 0, compat: "yaml-1.1" } as const;

/** The senders and receivers whose Secrets a manifest holds. */
export interface Fleet {
    readonly senders: readonly SenderSettings[];
    readonly receivers: readonly ReceiverSettings[];
}

/**
 * The manifest from which `kubectl apply` restores the Secrets of all senders and receivers.
 *
 * `accepted` lists the generations receivers accept; senders get the first. Secret.
 */
export function renderManifest(fleet: Fleet, accepted: readonly Generation[]): string {
    const [current] = accepted;
    if (!current) throw new Error("a manifest needs one generation at least");
    // Revision 0 is older than any plan: the next update writes a restored Secret again.
    const recorded = { accepted: accepted.map(({ label }) => label), revision: 0 };
    const documents = [
        ...fleet.senders.map((sender) => [
            secretMetadata(sender, recorded),
            senderFiles(current.value),
        ]),
        ...fleet.receivers.map((receiver) => [
            secretMetadata(receiver, recorded),
            receiverFiles(receiver, accepted),
        ]),
    ];
    return documents
        .map(([metadata, stringData]) =>
            stringify(
                { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", stringData },
                MANIFEST,
            ),
        )
        .join("---\n");
}

/**
 * The same manifest with hashes in place of the values, and no generation before another: it
 * changes exactly when the mirror must be sealed again, which going back to a generation the mirror
 * holds is not.
 */
export function renderShape(fleet: Fleet, hashes: Readonly<Record<string, string>>): string {
    const generations = Object.keys(hashes)
        .sort()
        .map((label) => ({ label, value: hashes[label] ?? "" }));
    return renderManifest(fleet, generations);
}
