import * as pulumi from "@pulumi/pulumi";
import { kindOfSender } from "../../kinds/senders.ts";
import type { Login } from "../../settings/schema.ts";
import { receiverOf, type SenderSettings, type Settings } from "../../settings/settings.ts";
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
    { configurations }: Pick<Recorded, "configurations">,
): void {
    settings.senders.forEach((sender, index) => {
        const { name } = sender;
        const [former, next] = [configurations[name], render(sender, index, settings)];
        // Nothing is lost where nothing changes, as in most updates, for each of many senders.
        if (former === undefined || next === undefined || former === next) return;
        refuseOtherUsername(sender, former, settings);
        const losses = kindOfSender(sender).losses(sender, former, next);
        if (losses.length === 0) return;
        void pulumi.log.warn(
            `sender ${name} will lose what it has not pushed yet when it loads its new configuration, because of ` +
                `${losses.join(" and ")}, which changed: do it while its queue is empty`,
        );
    });
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
function render(sender: SenderSettings, index: number, settings: Settings): string | undefined {
    try {
        return kindOfSender(sender).configuration(sender, receiverOf(sender, settings))?.text;
    } catch (error) {
        const { path } = (sender as { configuration?: { path?: string } }).configuration ?? {};
        return refuse(`senders[${index}].configuration: ${path ?? ""}: ${messageOf(error)}`);
    }
}

/** Receivers change it for all generations at once, senders when they load their configuration. */
function refuseOtherUsername(
    sender: SenderSettings,
    former: string,
    { username, usernames }: Settings,
): void {
    const entry = kindOfSender(sender).loginIn(sender, former);
    const [has, gets] = [entry, { username, usernames }].map(describe);
    if (!entry || has === gets) return;
    refuse(
        `username is ${gets ?? "not set"}, but sender ${sender.name} pushes with ` +
            `${has ?? "a bearer token"}: receivers would refuse it from then on; set it back, or ` +
            "adopt the credential in a new stack",
    );
}

function describe(login: Login | undefined): string | undefined {
    return login?.usernames === "generation" ? "one a generation" : login?.username;
}
