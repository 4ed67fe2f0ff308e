import { Elsewhere } from "./elsewhere.ts";
import type { Held, Reference } from "./operatorResource.ts";
import { entriesOf, valueAt } from "./yaml.ts";

/** A variable of a container: what it is set to, or the key of a Secret that it comes from. */
export interface ContainerVariable {
    readonly name: string;
    /** Path of its value below the container. */
    readonly path: string;
    readonly value: string | Elsewhere;
}

const ENVIRONMENTS = ["env", "extraEnv", "extraEnvs", "extraEnvVars", "environment"];

/**
 * The variables of a container in a pod, or of one of Compose: `env: [{ name, value }]`,
 * `environment: { NAME: value }`, `environment: [NAME=value]`.
 */
export function variablesOf(
    container: unknown,
    resolve: (reference: Reference) => Held = nameReference,
): ContainerVariable[] {
    return ENVIRONMENTS.flatMap((key) => {
        const list = valueAt(container, key);
        if (!Array.isArray(list)) {
            return entriesOf(list).flatMap(([name, value]) =>
                typeof value === "string" ? [{ name, path: `${key}.${name}`, value }] : [],
            );
        }
        return list.flatMap((one: unknown, index): ContainerVariable[] => {
            const path = `${key}[${index}]`;
            if (typeof one === "string") {
                const [, name, value] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
                return name === undefined || value === undefined ? [] : [{ name, path, value }];
            }
            const [name, value] = [valueAt(one, "name"), valueAt(one, "value")];
            if (typeof name !== "string") return [];
            if (typeof value === "string") return [{ name, path: `${path}.value`, value }];
            const elsewhere = refer(valueAt(one, "valueFrom"), resolve);
            return elsewhere === undefined ? [] : [{ name, path, value: elsewhere }];
        });
    });
}

/** What the key of a Secret that a manifest names is got with. */
export function sayReference(name: string, key: string): string {
    return `it is in the Secret ${name}, key ${key}: npm run extract -- kubernetes <namespace>/${name}:${key}`;
}

function nameReference({ name, key }: Reference): Held {
    return { missing: sayReference(name, key), plaintext: false };
}

function refer(
    source: unknown,
    resolve: (reference: Reference) => Held,
): string | Elsewhere | undefined {
    const [name, key] = ["name", "key"].map((one) => valueAt(source, "secretKeyRef", one));
    if (typeof name === "string" && typeof key === "string") {
        const { value, missing = "" } = resolve({ name, key });
        return value ?? new Elsewhere({ missing });
    }
    if (valueAt(source, "configMapKeyRef") === undefined) return undefined;
    return new Elsewhere({ missing: "it is in a ConfigMap: give what that holds" });
}

/** What a container's own variables are, for what refers to them; undefined where it has none. */
export function lookupIn(
    content: unknown,
): ((name: string) => string | Elsewhere | undefined) | undefined {
    const variables = new Map(variablesOf(content).map(({ name, value }) => [name, value]));
    return variables.size === 0 ? undefined : (name) => variables.get(name);
}
