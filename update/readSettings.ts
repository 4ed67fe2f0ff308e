import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { refuseSharedObjects } from "../holders/sharedObjects.ts";
import { RECEIVERS } from "../kinds/receivers.ts";
import { SENDERS } from "../kinds/senders.ts";
import { VENDORS } from "../kinds/vendors.ts";
import { configurationOf } from "../settings/configuration.ts";
import { refuseMixed } from "../settings/mixedValues.ts";
import { parseSettings, type Settings } from "../settings/settings.ts";
import { namespace, refusing } from "./refuse.ts";

/**
 * The stack's configuration, checked. Throws a one-line error that names the key at fault, before
 * anything changes.
 */
export function readSettings(): Settings {
    return refusing(() => {
        requireSecret("adopted", "value", "rotate it soon");
        requireSecret("mirror", "token", "have the host make another one");
        Object.values(VENDORS).forEach(({ secrets }) => {
            secrets.forEach(requireSecretKey);
        });
        const stack = pulumi.getStack();
        const settings = parseSettings(configurationOf(pulumi.runtime.allConfig(), namespace()), {
            stack,
            kinds: { receivers: RECEIVERS, senders: SENDERS },
            readFile: (path) => readFileSync(path, "utf8"),
        });
        refuseMixed(settings);
        refuseSharedObjects(settings, stack);
        return Object.freeze(settings);
    });
}

/** The SDK has this (3.259), and leaves it out of its types. */
const { isConfigSecret } = pulumi.runtime as unknown as {
    isConfigSecret: (key: string) => boolean;
};

/** Of another namespace: the whole key. */
function requireSecretKey(key: string): void {
    if (pulumi.runtime.getConfig(key) === undefined || isConfigSecret(key)) return;
    throw new Error(
        `receivers: what mints needs ${key} to be a secret: pulumi config set --secret ${key}, and revoke it where it was ` +
            "made, because it stood in plain text",
    );
}

function requireSecret(key: string, field: string, remedy: string): void {
    const full = namespace() + key;
    if (!pulumi.runtime.getConfig(full)?.includes(`"${field}"`) || isConfigSecret(full)) return;
    throw new Error(
        `${key}.${field} must be a secret: pulumi config set --secret --path ${full}.${field}, and ${remedy}, ` +
            "because it stood in plain text",
    );
}
