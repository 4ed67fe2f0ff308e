import assert from "node:assert/strict";
import type { Files } from "../../kinds/receiverKind.ts";
import { readReceiver } from "../../kinds/receivers.ts";

/** Whom a receiver's files let in: values by label, in their order; none of a hash. Secret. */
export function letIn(files: Files): ReadonlyMap<string, string> {
    const entries = readReceiver(files)?.entries ?? assert.fail("these are no receiver's files");
    return new Map(
        entries.flatMap(({ label = "", value = "", hash }) =>
            hash === undefined ? [[label, value] as const] : [],
        ),
    );
}
