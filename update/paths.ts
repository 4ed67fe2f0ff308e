import * as pulumi from "@pulumi/pulumi";
import { kindOfReceiver } from "../kinds/receivers.ts";
import { kindOfSender } from "../kinds/senders.ts";
import type { GoalReceiver } from "../rotation/plan.ts";
import { formerPaths } from "../rotation/paths.ts";
import type { ReceiverSettings, Settings } from "../settings/settings.ts";
import type { Recorded } from "./recorded.ts";
import { refuse } from "./refuse.ts";

/** A receiver as the plan is told of it. */
export function goalReceiver(receiver: ReceiverSettings): ReceiverSettings & GoalReceiver {
    return kindOfReceiver(receiver).pathsIn ? { ...receiver, path: pathOf(receiver) } : receiver;
}

/** The path senders are to push to. */
export function pathOf({ url }: Pick<ReceiverSettings, "url">): string {
    return new URL(url).pathname;
}

/**
 * The settings with the former paths that receivers go on to open. Refuses to close one that a
 * sender is recorded to push to; says once how one is closed.
 */
export function withFormerPaths(settings: Settings, recorded: Recorded): Settings {
    const receivers = settings.receivers.map((receiver) => {
        if (!kindOfReceiver(receiver).pathsIn) return receiver;
        return { ...receiver, formerPaths: formerOf(receiver, settings, recorded) };
    });
    return { ...settings, receivers };
}

function formerOf(
    receiver: ReceiverSettings,
    { senders }: Settings,
    { configurations, paths }: Recorded,
): readonly string[] {
    const { name, closedPaths: closed = [] } = receiver;
    const used = senders
        .filter((sender) => sender.receiver === name)
        .flatMap((sender) => {
            const { [sender.name]: text } = configurations;
            const { url } =
                (text !== undefined && kindOfSender(sender).targetIn(sender, text)) || {};
            return url !== undefined && URL.canParse(url)
                ? [{ sender: sender.name, path: pathOf({ url }) }]
                : [];
        });
    const closing = used.find(({ path }) => closed.includes(path));
    if (closing) {
        refuse(
            `receivers: ${name}: closedPaths names ${closing.path}, where sender ${closing.sender} is recorded to push: ` +
                "take it out, run pulumi up, and close it once that sender has loaded its new configuration",
        );
    }
    const path = pathOf(receiver);
    const known = paths[name] ?? { proven: undefined };
    const former = formerPaths({ path, closed }, { ...known, used: used.map((one) => one.path) });
    if (former.length > 0 && known.open?.includes(path) === false) {
        void pulumi.log.warn(
            `receivers: ${name} opens ${path} and goes on to open ${former.join(", ")}: once every sender has loaded its ` +
                `new configuration, close it: closedPaths: [${former.join(", ")}]`,
        );
    }
    return former;
}
