import type { SenderSettings } from "../settings/settings.ts";
import type { SenderKind } from "./senderKind.ts";
import { alloy } from "./senders/alloy.ts";
import { collector } from "./senders/collector.ts";
import { host } from "./senders/host.ts";
import { prometheus } from "./senders/prometheus.ts";
import { prometheusOperator } from "./senders/prometheusOperator.ts";
import { secret } from "./senders/secret.ts";
import { vmagent } from "./senders/vmagent.ts";

/** Every kind of sender, by the name that `senders[].kind` has. */
export const SENDERS: Readonly<Record<string, SenderKind>> = {
    prometheus,
    "prometheus-operator": prometheusOperator,
    alloy,
    secret,
    vmagent,
    "opentelemetry-collector": collector,
    host,
};

/** The kind of a sender. Settings that were parsed name no other. */
export function kindOfSender({ kind }: Pick<SenderSettings, "kind">): SenderKind {
    const found = SENDERS[kind];
    if (found) return found;
    throw new Error(`there is no sender of kind ${kind}: ${Object.keys(SENDERS).join(", ")}`);
}
