import assert from "node:assert/strict";
import type { Files } from "../../kinds/receiverKind.ts";
import { readReceiver } from "../../kinds/receivers.ts";

/** Whom a receiver's files let in: values by label, in their order. Secret. */
export function letIn(files: Files): ReadonlyMap<string, string> {
    const entries = readReceiver(files)?.entries ?? assert.fail("these are no receiver's files");
    return new Map(entries.map(({ label = "", value = "" }) => [label, value]));
}
