import type { SenderKind } from "../senderKind.ts";

/** What is the same of all kinds whose own configuration refers to the Secret: none is written. */
export const unconfigured: Pick<SenderKind, "configuration" | "targetIn" | "losses"> = {
    configuration: () => undefined,
    targetIn: () => undefined,
    losses: () => [],
};
