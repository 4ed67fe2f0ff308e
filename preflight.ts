import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { Memory } from "./lib/memory.ts";
import { generationsInUse } from "./lib/plan.ts";
import { probeAll } from "./lib/probe.ts";
import { queueRestartReasons } from "./lib/queueRestart.ts";
import type { MirrorSettings, ReceiverSettings, Settings } from "./lib/settings.ts";

/**
 * Refuses, in preview as in an update and before anything changes, what would fail half-way: a mirror that others can
 * read, and a receiver that a rotation could not be proven at. Throws a one-line error.
 */
export async function preflight(settings: Settings, memory: Memory): Promise<void> {
    warnOfQueueRestarts(settings, memory);
    warnOfEmergency(settings, memory);
    await requirePrivate(settings.mirror, memory.repository === settings.mirror.repository);
    // Receivers are asked only when a sender is about to switch: a first deployment may bring them to life, and
    // an update that rotates nothing must work while one of them is down.
    if (generationsInUse(memory).every((label) => label === settings.rotation)) return;
    await Promise.all(settings.receivers.map(requireGuarded));
}

async function requirePrivate(mirror: MirrorSettings, ours: boolean): Promise<void> {
    const fullName = `${mirror.owner}/${mirror.repository}`;
    requireOwner(mirror.owner);
    const { visibility, archived } = await github.getRepository({ fullName });
    const exists = Boolean(visibility); // the data source of a repository that is not there is empty, not an error
    if (!exists && !mirror.create) {
        refuse(
            `prometheus-write-secret:mirror.repository ${fullName} is not found: create it, private, or leave out mirror.create`,
        );
    }
    if (!exists) return;
    if (mirror.create && !ours) {
        refuse(
            `prometheus-write-secret:mirror.repository ${fullName} exists already: set mirror.create to false to use it`,
        );
    }
    if (visibility !== "private") {
        refuse(
            `prometheus-write-secret:mirror.repository ${fullName} must be private, it is ${visibility}: nothing was written; ` +
                "make it private, or name another one",
        );
    }
    if (archived)
        refuse(
            `prometheus-write-secret:mirror.repository ${fullName} is archived: unarchive it, or name another one`,
        );
}

/** The provider writes as its own owner, whatever repository is named. */
function requireOwner(owner: string): void {
    // The environment wins over the configuration in the GitHub provider 6.15.
    const configured = process.env.GITHUB_OWNER ?? new pulumi.Config("github").get("owner");
    if (configured?.toLowerCase() === owner.toLowerCase()) return;
    refuse(
        `prometheus-write-secret:mirror.owner is ${owner}, but the GitHub provider's owner is ${configured ?? "not set"}: ` +
            `pulumi config set github:owner ${owner}`,
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
