import type { ReceiverSettings } from "../settings/settings.ts";
import type { Entry, Files, ReceiverKind } from "./receiverKind.ts";
import { external } from "./receivers/external.ts";
import { htpasswd } from "./receivers/htpasswd.ts";
import { nginx } from "./receivers/nginx.ts";
import { prometheus } from "./receivers/prometheus.ts";
import { vmauth } from "./receivers/vmauth.ts";

/** Every kind of receiver, by the name that `receivers[].kind` has. */
export const RECEIVERS: Readonly<Record<string, ReceiverKind>> = {
    vmauth,
    nginx,
    htpasswd,
    prometheus,
    external,
};

/** The kind of a receiver. Settings that were parsed name no other. */
export function kindOfReceiver({ kind }: Pick<ReceiverSettings, "kind">): ReceiverKind {
    const found = RECEIVERS[kind];
    if (found) return found;
    throw new Error(`there is no receiver of kind ${kind}: ${Object.keys(RECEIVERS).join(", ")}`);
}

/** The kind whose files these are, and whom they let in; undefined where they are of none. */
export function readReceiver(
    files: Files,
): { readonly kind: ReceiverKind; readonly entries: readonly Entry[] } | undefined {
    for (const kind of Object.values(RECEIVERS)) {
        const entries = kind.parse(files);
        if (entries) return { kind, entries };
    }
    return undefined;
}
