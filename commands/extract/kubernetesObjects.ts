import { decode, holdKey, sayAbsent } from "./clusterSecret.ts";
import { type Held, judgeKey, likelyKeys, type Reference } from "./operatorResource.ts";
import type { SenderFile } from "./client.ts";
import type { Candidate, Machine, Source } from "./place.ts";
import { fileAt, findInText } from "./senderFile.ts";
import { explainNothing } from "./structure/explain.ts";
import { readContents, share } from "./structure/read.ts";
import { isConfiguration } from "./structure/secretManifest.ts";
import { entriesOf } from "./yaml.ts";

/** Reads one object of the cluster. Throws a one-line error that says what to do. */
export type Reader = (kind: ObjectKind, namespace: string, name: string) => Promise<unknown>;

/** What is read of a cluster. */
export const OBJECT_KINDS = [
    "Secret",
    "ConfigMap",
    "Prometheus",
    "PrometheusAgent",
    "VMAgent",
    "OpenTelemetryCollector",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
] as const;
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** Connects by the kubeconfig's ordinary rules. */
export type Connect = (context: string | undefined) => Promise<Reader>;

const IN_RESOURCE =
    "everybody who reads this resource, its manifest or its history in Git has it: rotate, and refer to a Secret";

/** Secrets in a cluster, and those that other objects refer to. */
export function createKubernetes(connect: Connect): Source {
    return {
        name: "kubernetes",
        description:
            "Looks in a Secret, or follows an object, such as a Prometheus, a VMAgent or a ConfigMap, to those it refers to. Needs get on these alone.",
        argument: [
            "<object>",
            "<namespace>/<name>[:<key>] of a Secret, or <kind>/<namespace>/<name>: prometheus, prometheusagent, vmagent, configmap, opentelemetrycollector, deployment, statefulset or daemonset",
        ],
        options: [["--context <name>", "of the kubeconfig; its current one when left out"]],
        find: async ([given = ""], { context }, machine) => {
            const target = parseTarget(given);
            const read = await connect(context);
            return target.kind === "Secret"
                ? findInSecret(target, await read("Secret", target.namespace, target.name), machine)
                : findInResource(target, read, machine);
        },
    };
}

interface Target {
    readonly kind: ObjectKind;
    readonly namespace: string;
    readonly name: string;
    readonly key?: string | undefined;
}

function parseTarget(given: string): Target {
    const [, type = "secret", namespace, name, key] =
        /^(?:([a-z]+)\/)?([a-z0-9-]+)\/([a-z0-9.-]+)(?::([A-Za-z0-9._-]+))?$/i.exec(given) ?? [];
    const kind = OBJECT_KINDS.find((one) => one.toLowerCase() === type.toLowerCase());
    if (!kind || namespace === undefined || name === undefined || (key && kind !== "Secret")) {
        throw new Error(
            `${given} names no object: give <namespace>/<name>[:<key>] or prometheus/<namespace>/<name>`,
        );
    }
    return { kind, namespace, name, key };
}

function findInSecret(
    { namespace, name, key }: Target,
    secret: unknown,
    machine: Machine,
): Candidate[] {
    const data = decode(secret);
    if (key !== undefined && !(key in data)) {
        throw new Error(sayAbsent({ name, key }, namespace, data));
    }
    const wanted = key === undefined ? Object.keys(data) : [key];
    const whole = wanted.filter((one) => isConfiguration(data[one] ?? ""));
    const configured = whole.flatMap((one) => {
        const called = `Secret ${namespace}/${name}:${one}`;
        const file = { ...fileAt(called, data[one] ?? "", machine), name: called };
        return readWhole(
            { ...file, advice: holdKey(secret, one, machine).advice ?? "" },
            namespace,
        );
    });
    if (configured.length > 0) return configured;
    const keys = key === undefined ? likelyKeys(Object.keys(data)) : [key];
    return keys.map((one) => ({
        place: `Secret ${namespace}/${name}:${one}`,
        ...judgeKey(one, data),
        ...holdKey(secret, one, machine),
    }));
}

/** A key that is a whole configuration; what is none is a credential, or nothing. */
function readWhole(file: SenderFile, namespace: string): Candidate[] {
    try {
        const found = findInText(file, { shared: share(findInText), namespace, inPod: true });
        return found.map((one) => ({ ...one, plaintext: false }));
    } catch {
        return [];
    }
}

async function findInResource(
    { kind, namespace, name }: Target,
    read: Reader,
    machine: Machine,
): Promise<Candidate[]> {
    const object = await read(kind, namespace, name);
    const secrets = new Map<string, unknown>();
    const absent = new Map<string, string>();
    // What a first reading refers to is got for the second: one that may not be seen hides no other.
    const asked = new Set<string>();
    readObject(object, { kind, namespace, name }, machine, (reference) => {
        asked.add(reference.name);
        return { missing: "it was not asked for", plaintext: false };
    });
    for (const secret of asked) {
        try {
            secrets.set(secret, await read("Secret", namespace, secret));
        } catch (error) {
            absent.set(secret, error instanceof Error ? error.message : "");
        }
    }
    return readObject(object, { kind, namespace, name }, machine, (reference): Held => {
        const secret = secrets.get(reference.name);
        if (secret === undefined) {
            return { missing: absent.get(reference.name) ?? "", plaintext: false };
        }
        const data = decode(secret);
        return reference.key in data
            ? holdKey(secret, reference.key, machine)
            : { missing: sayAbsent(reference, namespace, data), plaintext: false };
    });
}

/** Reads an object as its manifest is read. */
function readObject(
    object: unknown,
    { kind, namespace, name }: Target,
    machine: Machine,
    resolve: (reference: Reference) => Held,
): Candidate[] {
    const called = `${kind} ${namespace}/${name}`;
    const shared = share(findInText, resolve);
    const file = { ...fileAt(called, "", machine), name: called, advice: IN_RESOURCE };
    const contents = [withoutCopy(object)];
    const found = readContents(contents, file, { shared, namespace, inPod: true });
    if (found.length > 0) return found;
    throw new Error(explainNothing({ path: called, text: "", contents, notes: shared.notes }));
}

/** Without `metadata`, where what kubectl applied stands once more. */
function withoutCopy(object: unknown): unknown {
    return Object.fromEntries(entriesOf(object).filter(([key]) => key !== "metadata"));
}
