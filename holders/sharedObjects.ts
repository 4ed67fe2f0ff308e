import type { Fleet } from "./holders.ts";
import { objectsOf } from "./objects.ts";

/**
 * Refuses two owners of one object, who would overwrite each other at every update. Throws an
 * `Error` of one line that names both, and the key to change.
 */
export function refuseSharedObjects(fleet: Fleet, stack: string): void {
    const owned = objectsOf(fleet, stack);
    owned.forEach(({ name, identity, key }, index) => {
        const other = owned.slice(0, index).find((one) => one.identity === identity);
        if (!other) return;
        throw new Error(
            `${identity} is written for both ${other.name} and ${name}: set another "${key}"`,
        );
    });
}
