import * as pulumi from "@pulumi/pulumi";
import type { Memory } from "./lib/memory.ts";
import { generationsInUse } from "./lib/plan.ts";
import { probeAll } from "./lib/probe.ts";
import { queueRestartReasons } from "./lib/queueRestart.ts";
import type { ReceiverSettings, Settings } from "./lib/settings.ts";
import { type Found, inspectMirror } from "./mirrorPreflight.ts";

/**
 * Refuses, in preview as in an update and before anything changes, what would fail half-way: a mirror that others can
 * read or that cannot be written to, and a receiver that a rotation could not be proven at. Throws a one-line error.
 * Returns what was found of the mirror's repository.
 */
export async function preflight(settings: Settings, memory: Memory): Promise<Found> {
    refuseDroppedRecipient(settings, memory);
    warnOfQueueRestarts(settings, memory);
    warnOfEmergency(settings, memory);
    const found = await inspectMirror(settings.mirror, memory.repository);
    // Receivers are asked only when a sender is about to switch: a first deployment may bring them to life, and
    // an update that rotates nothing must work while one of them is down.
    if (!generationsInUse(memory).every((label) => label === settings.rotation)) {
        await Promise.all(settings.receivers.map(requireGuarded));
    }
    return found;
}

/** Whoever could open the mirror can open its history: only a new credential locks them out. */
function refuseDroppedRecipient({ recipients, rotation }: Settings, memory: Memory): void {
    const dropped = memory.recipients.find((recipient) => !recipients.includes(recipient));
    if (dropped === undefined || !memory.labels.includes(rotation)) return;
    refuse(
        `prometheus-write-secret:recipients no longer lists ${dropped}, who can read ${rotation} in the history of the ` +
            "mirror: set rotation to a new label in the same change",
    );
}

/** A receiver that lets through a push without a credential would prove any credential. */
async function requireGuarded({ name, probeUrls }: ReceiverSettings): Promise<void> {
    for (const url of probeUrls) {
        const { kind, reason } = await probeAll(url, { expected: "refused" });
        if (kind === "unknown") {
            refuse(
                `receiver ${name}: ${reason} at ${url}; start it or mend its url, then run pulumi up again`,
            );
        }
        if (kind === "accepted") {
            refuse(
                `receiver ${name} is open: ${reason} to a push without a credential at ${url}; close it first`,
            );
        }
    }
}

/** Said in preview, where it can still be called off. */
function warnOfQueueRestarts({ senders }: Settings, { configurations }: Memory): void {
    for (const { name, configuration } of senders) {
        const former = configurations[name];
        const reasons = former === undefined ? [] : queueRestartReasons(former, configuration);
        if (reasons.length === 0) continue;
        void pulumi.log.warn(
            `sender ${name} will lose what it has not pushed yet when it loads its new configuration, because of ` +
                `${reasons.join(" and ")}, which changed: do it while its queue is empty`,
        );
    }
}

function warnOfEmergency({ emergency, rotation }: Settings, memory: Memory): void {
    if (!emergency) return;
    const users = Object.entries(memory.senders)
        .filter(([, { accepted }]) => accepted[0] === emergency.leaked)
        .map(([name]) => name);
    if (users.length === 0) return;
    void pulumi.log.warn(
        `emergency (${emergency.reason}): once receivers accept ${rotation}, the next update makes them refuse ` +
            `${emergency.leaked}, whoever uses it. ${users.join(", ")} use it now, and lose the samples they push ` +
            "until they have read the new one: up to 90 s after their Secret changes",
    );
}

function refuse(message: string): never {
    throw new pulumi.RunError(message); // shown as its message alone, without a stack
}
