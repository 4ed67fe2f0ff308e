import { kindOfSender } from "../../kinds/senders.ts";
import {
    type HostSettings,
    receiverOf,
    type SenderSettings,
    type Settings,
} from "../../settings/settings.ts";
import { refuse } from "../refuse.ts";

/**
 * Refuses what cannot rotate without a chance of losing samples, unless it was accepted by name.
 *
 * A sender that reads a username and a password from two files reads them one after the other: a
 * push between which both change carries half of each generation, and is dropped when a receiver
 * refuses it, as one with a username a generation must. On a host they also change one after the
 * other.
 */
export function refuseSampleLoss(
    settings: Pick<Settings, "senders" | "hosts" | "receivers">,
): void {
    for (const sender of settings.senders) {
        if (readsTwo(sender, settings)) refuseSplit(sender, settings);
    }
    for (const host of settings.hosts) refuseSplit(host, settings);
}

type Receivers = Pick<Settings, "receivers">;

function readsTwo(sender: SenderSettings, settings: Receivers): boolean {
    const receiver = receiverOf(sender, settings);
    if (receiver.usernames !== "generation") return false;
    const example = { username: "u", value: "v" };
    return Object.keys(kindOfSender(sender).credential(sender, receiver, example)).length > 1;
}

function refuseSplit(sender: HostSettings, settings: Receivers): void {
    const { name, kind, usernames, allowSampleLoss } = receiverOf(sender, settings);
    if (usernames !== "generation" || allowSampleLoss !== undefined) return;
    refuse(
        `receivers: ${name}: ${kind} needs a username a generation, and sender ${sender.name} reads it and the password ` +
            "one after the other: a push made while both change is refused, and lost (docs/receivers.md says how seldom). " +
            "Take a receiver that knows several passwords of one username (vmauth, nginx), or set its allowSampleLoss to why " +
            "that may be",
    );
}
