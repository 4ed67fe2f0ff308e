import * as pulumi from "@pulumi/pulumi";
import type { RepositoryFacts } from "../../mirror/gitHub/repositoryFacts.ts";
import type { Recorded } from "../recorded.ts";
import { generationsInUse } from "../../rotation/recordedUse.ts";
import { probeAll } from "../../proof/probe.ts";
import { PULL_SECONDS } from "../../kinds/senders/host.ts";
import { kindOfSender } from "../../kinds/senders.ts";
import { kindOfReceiver } from "../../kinds/receivers.ts";
import type { ReceiverSettings, Settings } from "../../settings/settings.ts";
import { refuseUngiven } from "../external.ts";
import { inspectConfigurations, warnOfRestarts } from "./configurations.ts";
import type { GitHubApi } from "./gitHubApi.ts";
import { inspectMirror } from "./gitHubMirror.ts";
import { adviseOnLeftOut } from "../advise.ts";
import { inspectGitMirror } from "./gitMirror.ts";
import { refuseMoves } from "./moves.ts";
import { adviseOnReaders } from "./readers.ts";
import { refuse } from "../refuse.ts";
import { refuseSampleLoss } from "./sampleLoss.ts";
import { refuseTakeover } from "./takeover.ts";

/**
 * Refuses, in preview as in an update and before anything changes, what would fail half-way: a
 * mirror that others can read or that cannot be written to, and a receiver that a rotation could
 * not be proven at. Throws a one-line error. Returns what was found of the mirror's repository.
 */
export async function preflight(
    settings: Settings,
    recorded: Recorded,
    gitHub?: GitHubApi,
): Promise<RepositoryFacts> {
    inspectConfigurations(settings, recorded);
    warnOfRestarts(settings, recorded);
    refuseSampleLoss(settings);
    refuseUngiven(settings, recorded);
    warnOfEmergency(settings, recorded);
    const { mirror } = settings;
    const looking = mirror.remote
        ? inspectGitMirror(mirror, recorded)
        : inspectMirror(mirror, recorded, gitHub);
    // Receivers are asked only when a sender is about to switch: a first deployment may bring them
    // to life, and an update that rotates nothing must work while one of them is down.
    const isSwitching = !generationsInUse(recorded).every((label) => label === settings.rotation);
    // What leaked must end everywhere it can be ended, whatever one receiver is at.
    const complain = settings.emergency ? warn : refuse;
    const guarded = isSwitching
        ? settings.receivers.map((receiver) => requireGuarded(receiver, complain))
        : [];
    const taking = refuseTakeover(settings, recorded).then(() => refuseMoves(settings, recorded));
    return sideBySide(looking, taking, adviseOnReaders(settings), ...guarded);
}

/** What the first resolves to, once all do; throws what the first in order to fail throws. */
async function sideBySide<T>(first: Promise<T>, ...others: Promise<void>[]): Promise<T> {
    await Promise.allSettled([first, ...others]);
    const value = await first;
    for (const other of others) await other;
    return value;
}

function warn(message: string): void {
    void pulumi.log.warn(message);
}

/** A receiver that lets through a push without a credential would prove any credential. */
async function requireGuarded(
    receiver: ReceiverSettings,
    complain: (message: string) => void,
): Promise<void> {
    const { name, probeUrls, authorities } = receiver;
    const { verdict } = kindOfReceiver(receiver);
    const asked = probeUrls.map(async (url) => {
        const answer = await probeAll(url, { expected: "refused", verdict, authorities });
        const { kind, reason } = answer;
        adviseOnLeftOut(name, answer);
        if (kind === "unknown") {
            complain(
                `receivers: ${name}: ${reason} at ${url}; start it or mend its url, then run pulumi up again`,
            );
        }
        if (kind === "accepted") {
            complain(
                `receivers: ${name} is open: ${reason} to a push without a credential at ${url}; close it first`,
            );
        }
    });
    await Promise.all(asked);
}

function warnOfEmergency(settings: Settings, recorded: Recorded): void {
    const { emergency, rotation, senders, hosts } = settings;
    if (!emergency) return;
    const users = Object.entries(recorded.senders)
        .filter(([, { current }]) => current === emergency.leaked)
        .map(([name]) => name);
    if (users.length === 0) return;
    const withinSeconds = Math.max(
        90,
        ...senders.map((one) => kindOfSender(one).uptake(one).withinSeconds),
    );
    void pulumi.log.warn(
        `emergency (${emergency.reason}): once receivers accept ${rotation}, the next update makes them refuse ` +
            `${emergency.leaked}, whoever uses it. ${users.join(", ")} use it now, and lose the samples they push ` +
            `until they have read the new one: up to ${withinSeconds} s after their Secret changes` +
            (hosts.length > 0 ? `, hosts ${PULL_SECONDS} s after the rotation is on record` : ""),
    );
}
