import type { RecordedResource } from "./holder.ts";
import { type Fleet, holdingsOf, recordedIdentity, type Role } from "./holders.ts";
import { whereIn } from "./kubernetesSecret.ts";

/** An object that a sender or receiver of a stack has, which nobody else may write. */
export interface OwnedObject {
    readonly role: Role;
    /** The sender's or receiver's. */
    readonly name: string;
    /** What it is known by, whatever its owner is called. */
    readonly identity: string;
    /** The key of the configuration that names it. */
    readonly key: "secret" | "configMap";
}

/** Whatever the senders and receivers of a stack are to have, receivers first. */
export function objectsOf(fleet: Fleet, stack: string): readonly OwnedObject[] {
    return [
        ...holdingsOf(fleet, stack).map(({ role, name, identity }) => ({
            ...{ role, name, identity },
            key: "secret" as const,
        })),
        ...fleet.senders.flatMap(({ name, namespace, configMap }) =>
            configMap === undefined
                ? []
                : [{ ...configMapOf(namespace, configMap), role: "senders" as const, name }],
        ),
    ];
}

/** Which object a recorded resource stands for; undefined where it is none of these. */
export function recordedObject(
    resource: RecordedResource,
): Pick<OwnedObject, "identity" | "key"> | undefined {
    const identity = recordedIdentity(resource);
    if (identity !== undefined) return { identity, key: "secret" };
    const where =
        resource.type === "kubernetes:core/v1:ConfigMap" ? whereIn(resource.outputs) : undefined;
    return where && configMapOf(where.namespace, where.name);
}

function configMapOf(namespace: string, name: string): Pick<OwnedObject, "identity" | "key"> {
    return { identity: `ConfigMap ${namespace}/${name}`, key: "configMap" };
}
