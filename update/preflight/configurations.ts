import * as pulumi from "@pulumi/pulumi";
import { kindOfSender } from "../../kinds/senders.ts";
import {
    receiverOf,
    type SenderSettings,
    type Settings,
    usernameOf,
} from "../../settings/settings.ts";
import { messageOf } from "../../text/messageOf.ts";
import type { Recorded } from "../recorded.ts";
import { refuse } from "../refuse.ts";

/**
 * Refuses a user's configuration that ours cannot be added to, and another username than senders
 * push with; warns of what senders will lose when they load their new configuration. Said in
 * preview, where it can still be called off.
 */
export function inspectConfigurations(
    settings: Settings,
    recorded: Pick<Recorded, "configurations" | "logins" | "adoptions">,
): void {
    refuseOtherUsernames(settings, recorded);
    const { configurations } = recorded;
    for (const sender of settings.senders) {
        const { name } = sender;
        const [former, next] = [configurations[name], render(sender, settings)];
        // Nothing is lost where nothing changes, as in most updates, for each of many senders.
        if (former === undefined || next === undefined || former === next) continue;
        const losses = kindOfSender(sender).losses(sender, former, next);
        if (losses.length === 0) continue;
        void pulumi.log.warn(
            `sender ${name} will lose what it has not pushed yet when it loads its new configuration, because of ` +
                `${losses.join(" and ")}, which changed: do it while its queue is empty`,
        );
    }
}

/** Tells of senders that go on with what they have read until somebody restarts them. */
export function warnOfRestarts(
    { senders, rotation }: Settings,
    recorded: Pick<Recorded, "senders">,
): void {
    for (const sender of senders) {
        const former = recorded.senders[sender.name]?.current;
        if (former === undefined || former === rotation) continue;
        if (kindOfSender(sender).uptake(sender).rereads) continue;
        void pulumi.log.warn(
            `sender ${sender.name} reads its credential only when it starts: restart it once this update is through, ` +
                `before receivers refuse ${former}`,
        );
    }
}

/** The configuration the sender is about to have; undefined where it has none of ours. */
function render(sender: SenderSettings, settings: Settings): string | undefined {
    try {
        return kindOfSender(sender).configuration(sender, receiverOf(sender, settings))?.text;
    } catch (error) {
        const { path } = (sender as { configuration?: { path?: string } }).configuration ?? {};
        return refuse(`senders: ${sender.name}: configuration: ${path ?? ""}: ${messageOf(error)}`);
    }
}

/**
 * Receivers change it for all generations at once, senders when they load their configuration. Not
 * where one username among several is another one: that was edited by hand, and is mended.
 */
function refuseOtherUsernames(
    settings: Settings,
    { logins, adoptions }: Pick<Recorded, "logins" | "adoptions">,
): void {
    const wanted = (label: string) =>
        adoptions[label]?.username ?? usernameOf(settings, label) ?? settings.username;
    for (const { name } of settings.receivers) {
        const former = Object.entries(logins[name] ?? {});
        const [first] = former;
        if (!first || former.some(([label, username]) => username === wanted(label))) continue;
        const [label, username] = first;
        refuse(
            `username is ${wanted(label) ?? "not set"}, but receiver ${name} lets ${label} in with ` +
                `${username ?? "a bearer token"}: senders would be refused from then on; set it back, or ` +
                "adopt the credential in a new stack",
        );
    }
}
