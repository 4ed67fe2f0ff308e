import type { Held, Reference } from "../operatorResource.ts";
import type { Machine } from "../place.ts";
import { findStandIn, type Reading, valueOrMissing } from "../standIn.ts";
import { isPath } from "../suspicion.ts";

/** A Secret as a manifest, a chart's values or a kustomization makes it. */
export interface MadeSecret {
    readonly name: string;
    readonly namespace: string | undefined;
    /** Decoded, or why it cannot be. */
    readonly data: Readonly<Record<string, Pick<Held, "value" | "missing">>>;
    /** Names a key of it. */
    readonly place: (key: string) => string;
    /** What to do about what stands in it in plain text. */
    readonly advice: string;
}

/** Gets a key of a Secret that no text makes. */
export type Resolve = (reference: Reference, namespace: string) => Held;

/** The Secrets that texts make, and those that they refer to. */
export class Secrets {
    readonly #made: MadeSecret[] = [];
    readonly #used = new Set<MadeSecret>();
    readonly #resolve: Resolve;

    constructor(resolve: Resolve = nameCommand) {
        this.#resolve = resolve;
    }

    add(secret: MadeSecret): void {
        this.#made.push(secret);
    }

    resolve(reference: Reference, namespace: string): Held {
        const named = this.#made.filter(({ name }) => name === reference.name);
        const near = named.filter((one) => one.namespace === namespace);
        const made = near.at(-1) ?? named.at(-1);
        if (made === undefined) return this.#resolve(reference, namespace);
        this.#used.add(made);
        const held = made.data[reference.key];
        if (held !== undefined) {
            return held.value === undefined
                ? { ...held, plaintext: false }
                : { ...held, plaintext: true, advice: made.advice };
        }
        const keys = Object.keys(made.data).join(", ") || "none";
        const missing = `the Secret ${made.name} has no key ${reference.key}: it has ${keys}`;
        return { missing, plaintext: false };
    }

    /** Those that nothing refers to. */
    get unused(): readonly MadeSecret[] {
        return this.#made.filter((one) => !this.#used.has(one));
    }
}

function nameCommand({ name, key }: Reference, namespace: string): Held {
    const command = `npm run extract -- kubernetes ${namespace}/${name}:${key}`;
    return { missing: `it is in the Secret ${name}, key ${key}: ${command}`, plaintext: false };
}

/**
 * What `data` of a Secret holds under a key: base64, which the API server demands, but for what
 * stands in for it.
 */
export function decodeKey(text: string, reading?: Reading): Pick<Held, "value" | "missing"> {
    const missing = isPath(text) ? undefined : findStandIn(text, reading);
    if (missing !== undefined) return { missing };
    const packed = text.replace(/\s+/g, "");
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(packed)) {
        return { missing: "it is no base64, which data of a Secret is: use stringData there" };
    }
    const decoded = Buffer.from(packed, "base64").toString();
    return decoded.includes("\ufffd")
        ? { missing: "what it decodes to is no text: check that it was encoded once" }
        : readText(decoded, reading);
}

/** What `stringData` of a Secret holds under a key. The line break of an editor is no part of it. */
export function readText(text: string, reading?: Reading): Pick<Held, "value" | "missing"> {
    return valueOrMissing(text.replace(/\r?\n$/, ""), reading);
}

/** Where operators mount the Secrets of `spec.secrets`. */
const MOUNTED = /^\/etc\/(?:prometheus|vm|vmagent|alloy)\/secrets\/([a-z0-9.-]+)\/([\w.-]+)$/;

/** The machine of a pod: files of it are known as far as an operator mounts Secrets there. */
export function podOf(machine: Machine, resolve: (reference: Reference) => Held): Machine {
    return {
        ...machine,
        readFile: (path) => {
            const [, name, key] = MOUNTED.exec(path) ?? [];
            if (name === undefined || key === undefined) {
                throw new Error("it is a file in the pod: give the Secret that is mounted there");
            }
            const { value, missing = "" } = resolve({ name, key });
            if (value === undefined) throw new Error(missing);
            return { text: value, exposed: false };
        },
    };
}
