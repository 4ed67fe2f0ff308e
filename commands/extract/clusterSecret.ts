import { LAST_APPLIED } from "../../holders/kubernetesSecret.ts";
import { parseJson } from "./json.ts";
import type { Held, Reference } from "./operatorResource.ts";
import { daysSince, type Machine } from "./place.ts";
import { unpack } from "./structure/secretManifest.ts";
import { entriesOf, valueAt } from "./yaml.ts";

const ADVICE =
    "have etcd encrypt Secrets at rest, and let few get this one: backups and its readers have it";
const COPIED =
    "kubectl apply copied it into an annotation (last-applied-configuration): rotate, and apply with --server-side";

/** What to say where a Secret has no such key. */
export function sayAbsent({ name, key }: Reference, namespace: string, data: object): string {
    const keys = Object.keys(data).join(", ") || "none";
    return `the Secret ${namespace}/${name} has no key ${key}: it has ${keys}`;
}

/** The texts of a Secret. What an operator compresses is unpacked. */
export function decode(secret: unknown): Record<string, string> {
    return Object.fromEntries(
        entriesOf(valueAt(secret, "data")).map(([key, text]) => [key, unpack(text) ?? ""]),
    );
}

/** What is held under a key of a Secret: a line break at its end is no part of it. */
export function holdKey(secret: unknown, key: string, machine: Machine): Held {
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
