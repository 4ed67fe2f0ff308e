import assert from "node:assert/strict";
import type { Registered } from "./mocks.ts";

/** The resource of an id, which must have been asked for. */
export function find(resources: readonly Registered[], id: string): Registered {
    const found = resources.find((resource) => resource.id === id);
    assert.ok(found, `${id} is not asked for`);
    return found;
}

/** Their ids, in the order in which they were asked for. */
export function idsOf(resources: readonly Registered[]): readonly string[] {
    return resources.map(({ id }) => id);
}
