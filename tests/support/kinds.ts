import { RECEIVERS } from "../../kinds/receivers.ts";
import { SENDERS } from "../../kinds/senders.ts";
import type { Kinds } from "../../settings/schema.ts";

/** What a configuration may name. */
export const KINDS: Kinds = { receivers: RECEIVERS, senders: SENDERS };
