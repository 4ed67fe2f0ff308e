import { parseRecord, type RotationRecord } from "../rotation/record.ts";

/** A resource as a policy sees it: secrets are plain here. */
export interface Resource {
    readonly type: string;
    readonly name: string;
    readonly urn: string;
    readonly props: unknown;
}

/** Types of resources, as the engine names them. */
export const PASSWORD = "random:index/randomPassword:RandomPassword";
export const SECRET = "kubernetes:core/v1:Secret";
export const REPOSITORY = "github:index/repository:Repository";
const STASH = "pulumi:index:Stash";

/**
 * A property by its path, or undefined; also where it is not known before the update, which throws:
 * it is judged then.
 */
export function read(value: unknown, ...path: readonly string[]): unknown {
    try {
        return path.reduce<unknown>(
            (at, key) => (at as Record<string, unknown> | undefined)?.[key],
            value,
        );
    } catch {
        return undefined;
    }
}

/** The texts in a value that are known, each with its path. */
export function* textsOf(
    value: unknown,
    path: readonly string[] = [],
): Generator<readonly [path: string, text: string]> {
    if (typeof value === "string") yield [path.join("."), value];
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) yield* textsOf(read(value, key), [...path, key]);
}

/** Kind and name of a resource, as people have it: `Secret monitoring/central-auth`. */
export function describe({ type, name, props }: Resource): string {
    const kind = type.split(":").at(-1) ?? type;
    const [namespace, object] = [
        read(props, "metadata", "namespace"),
        read(props, "metadata", "name"),
    ];
    const where = [namespace, object].filter((part) => typeof part === "string").join("/");
    return `${kind} ${where || name}`;
}

/** What is kept from one update to the next: the sealed copy, the record. */
export function stashesOf(
    resources: readonly Resource[],
): readonly { readonly resource: Resource; readonly kept: unknown }[] {
    return resources
        .filter(({ type }) => type === STASH)
        .map((resource) => ({ resource, kept: read(resource.props, "output") }));
}

/** The record of the last rotation, where the stack has one. */
export function recordOf(
    resources: readonly Resource[],
): { readonly resource: Resource; readonly record: RotationRecord } | undefined {
    for (const { resource, kept } of stashesOf(resources)) {
        const content = read(kept, "content");
        const record = typeof content === "string" ? parseRecord(content) : undefined;
        if (record) return { resource, record };
    }
    return undefined;
}
