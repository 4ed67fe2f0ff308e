import type { SenderSettings } from "../settings/settings.ts";
import { type Fleet, holdingsOf } from "./holders.ts";

/**
 * Refuses two owners of one object, who would overwrite each other at every update. Throws an
 * `Error` of one line that names both, and the key to change.
 */
export function refuseSharedObjects(fleet: Fleet, stack: string): void {
    const owned = [
        ...holdingsOf(fleet, stack).map(({ name, identity }) => ({
            name,
            object: identity,
            key: "secret",
        })),
        ...fleet.senders.flatMap((sender) => configMapOf(sender)),
    ];
    owned.forEach(({ name, object, key }, index) => {
        const other = owned.slice(0, index).find((one) => one.object === object);
        if (!other) return;
        throw new Error(
            `${object} is written for both ${other.name} and ${name}: set another "${key}"`,
        );
    });
}

function configMapOf({ name, namespace, configMap }: SenderSettings) {
    if (configMap === undefined) return [];
    return [{ name, object: `ConfigMap ${namespace}/${configMap}`, key: "configMap" }];
}
