import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { generationsInUse } from "./lib/plan.ts";
import { probe } from "./lib/probe.ts";
import type { MirrorSettings, ReceiverSettings, Settings } from "./lib/settings.ts";
import type { Memory } from "./memory.ts";

/**
 * Refuses, in preview as in an update and before anything changes, what would fail half-way: a mirror that others can
 * read, and a receiver that a rotation could not be proven at. Throws a one-line error.
 */
export async function preflight(settings: Settings, memory: Memory): Promise<void> {
    await requirePrivate(settings.mirror, memory.hasRepository);
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
            `mirror.repository ${fullName} is not found: create it, private, or leave out mirror.create`,
        );
    }
    if (!exists) return;
    if (mirror.create && !ours) {
        refuse(
            `mirror.repository ${fullName} exists already: set mirror.create to false to use it`,
        );
    }
    if (visibility !== "private") {
        refuse(
            `mirror.repository ${fullName} must be private, it is ${visibility}: nothing was written; ` +
                "make it private, or name another one",
        );
    }
    if (archived)
        refuse(`mirror.repository ${fullName} is archived: unarchive it, or name another one`);
}

/** The provider writes as its own owner, whatever repository is named. */
function requireOwner(owner: string): void {
    // The environment wins over the configuration in the GitHub provider 6.15.
    const configured = process.env.GITHUB_OWNER ?? new pulumi.Config("github").get("owner");
    if (configured?.toLowerCase() === owner.toLowerCase()) return;
    refuse(
        `mirror.owner is ${owner}, but the GitHub provider's owner is ${configured ?? "not set"}: ` +
            `pulumi config set github:owner ${owner}`,
    );
}

/** A receiver that lets through a push without a credential would prove any credential. */
async function requireGuarded({ name, probeUrls }: ReceiverSettings): Promise<void> {
    for (const url of probeUrls) {
        const { kind, reason } = await probe(url);
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

function refuse(message: string): never {
    throw new pulumi.RunError(message); // shown as its message alone, without a stack
}
