import {
    type Held,
    findInEntry,
    judgeKey,
    likelyKeys,
    type Reference,
} from "./operatorResource.ts";
import { daysSince, type Candidate, type Machine, type Source } from "./place.ts";
import { entriesOf, valueAt } from "./yaml.ts";
import { parseJson } from "./json.ts";

/** Reads one object of the cluster. Throws a one-line error that says what to do. */
export type Reader = (kind: ObjectKind, namespace: string, name: string) => Promise<unknown>;

/** What is read of a cluster. */
export type ObjectKind = "Secret" | "Prometheus" | "PrometheusAgent";

/** Connects by the kubeconfig's ordinary rules. */
export type Connect = (context: string | undefined) => Promise<Reader>;

const ADVICE =
    "have etcd encrypt Secrets at rest, and let few get this one: backups and its readers have it";
const COPIED =
    "kubectl apply copied it into an annotation (last-applied-configuration): rotate, and apply with --server-side";
const IN_RESOURCE =
    "everybody who reads this resource, its manifest or its history in Git has it: rotate, and refer to a Secret";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Secrets in a cluster, and those that custom resources of the Prometheus operator refer to. */
export function createKubernetes(connect: Connect): Source {
    return {
        name: "kubernetes",
        description:
            "Looks in a Secret, or follows a Prometheus or PrometheusAgent to those it refers to. Needs get on these alone.",
        argument: [
            "<object>",
            "<namespace>/<name>[:<key>] of a Secret, prometheus/<namespace>/<name>, or prometheusagent/<namespace>/<name>",
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

const KINDS: readonly ObjectKind[] = ["Secret", "Prometheus", "PrometheusAgent"];

function parseTarget(given: string): Target {
    const [, type = "secret", namespace, name, key] =
        /^(?:([a-z]+)\/)?([a-z0-9-]+)\/([a-z0-9.-]+)(?::([A-Za-z0-9._-]+))?$/i.exec(given) ?? [];
    const kind = KINDS.find((one) => one.toLowerCase() === type.toLowerCase());
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
    if (key !== undefined && !(key in data)) throw absent({ name, key }, namespace, data);
    const keys = key === undefined ? likelyKeys(Object.keys(data)) : [key];
    return keys.map((one) => ({
        place: `Secret ${namespace}/${name}:${one}`,
        ...judgeKey(one, data),
        ...holdKey(secret, one, machine),
    }));
}

async function findInResource(
    { kind, namespace, name }: Target,
    read: Reader,
    machine: Machine,
): Promise<Candidate[]> {
    const entries = valueAt(await read(kind, namespace, name), "spec", "remoteWrite");
    const secrets = new Map<string, Promise<unknown>>();
    const resolve = async (reference: Reference): Promise<Held> => {
        const asked = secrets.get(reference.name) ?? read("Secret", namespace, reference.name);
        secrets.set(reference.name, asked);
        try {
            const secret = await asked;
            const data = decode(secret);
            if (!(reference.key in data)) throw absent(reference, namespace, data);
            return holdKey(secret, reference.key, machine);
        } catch (error) {
            // Others may be there: this one says why it is not.
            return { missing: error instanceof Error ? error.message : "", plaintext: false };
        }
    };
    const found: Candidate[] = [];
    for (const [index, entry] of (Array.isArray(entries) ? entries : []).entries()) {
        const place = (path: string) =>
            `${kind} ${namespace}/${name}: spec.remoteWrite[${index}].${path}`;
        found.push(...(await findInEntry(entry, { place, machine, resolve, advice: IN_RESOURCE })));
    }
    return found;
}

function absent({ name, key }: Reference, namespace: string, data: object): Error {
    const keys = Object.keys(data).join(", ") || "none";
    return new Error(`the Secret ${namespace}/${name} has no key ${key}: it has ${keys}`);
}

function decode(secret: unknown): Record<string, string> {
    return Object.fromEntries(
        entriesOf(valueAt(secret, "data")).map(([key, text]) => [
            key,
            Buffer.from(String(text), "base64").toString(),
        ]),
    );
}

function holdKey(secret: unknown, key: string, machine: Machine): Held {
    const value = (decode(secret)[key] ?? "").replace(/\r?\n$/, "");
    const age = daysSince(writtenAt(secret, key), machine.now);
    const isCopied = value !== "" && wasCopied(secret, key);
    return { value, age, plaintext: isCopied, advice: isCopied ? COPIED : ADVICE };
}

/** When a manager last wrote the key, as `managedFields` has it; else when the Secret was made. */
function writtenAt(secret: unknown, key: string): Date {
    const fields = valueAt(secret, "metadata", "managedFields");
    const times = (Array.isArray(fields) ? (fields as unknown[]) : [])
        .filter((one) => valueAt(one, "fieldsV1", "f:data", `f:${key}`) !== undefined)
        .map((one) => dateOf(valueAt(one, "time")))
        .filter((time) => time !== undefined);
    const created = dateOf(valueAt(secret, "metadata", "creationTimestamp")) ?? 0;
    return new Date(times.length > 0 ? Math.max(...times) : created);
}

function dateOf(time: unknown): number | undefined {
    if (time instanceof Date) return time.getTime();
    return typeof time === "string" ? Date.parse(time) : undefined;
}

function wasCopied(secret: unknown, key: string): boolean {
    const copy = entriesOf(valueAt(secret, "metadata", "annotations")).find(
        ([name]) => name === LAST_APPLIED,
    )?.[1];
    if (typeof copy !== "string") return false;
    const manifest = parseJson(copy, "an annotation of the Secret");
    return ["data", "stringData"].some((field) => valueAt(manifest, field, key) !== undefined);
}
