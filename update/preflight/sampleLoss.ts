import { kindOfSender } from "../../kinds/senders.ts";
import { receiverOf, type Settings } from "../../settings/settings.ts";
import { refuse } from "../refuse.ts";

/**
 * Refuses what cannot rotate without a chance of losing samples, unless it was accepted by name.
 *
 * A sender that reads a username and a password from two files reads them one after the other: a
 * push between which both change carries half of each generation, and is dropped when a receiver
 * refuses it, as one with a username a generation must.
 */
export function refuseSampleLoss(settings: Pick<Settings, "senders" | "receivers">): void {
    for (const sender of settings.senders) {
        const receiver = receiverOf(sender, settings);
        const { name, kind, usernames, allowSampleLoss } = receiver;
        if (usernames !== "generation" || allowSampleLoss !== undefined) continue;
        const example = { username: "u", value: "v" };
        const files = kindOfSender(sender).credential(sender, receiver, example);
        if (Object.keys(files).length < 2) continue;
        refuse(
            `receivers: ${name}: ${kind} needs a username a generation, and sender ${sender.name} reads it and the password ` +
                "one after the other: a push made while both change is refused, and lost (docs/receivers.md says how seldom). " +
                "Take a receiver that knows several passwords of one username (vmauth, nginx), or set its allowSampleLoss to why " +
                "that may be",
        );
    }
}
