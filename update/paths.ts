import * as pulumi from "@pulumi/pulumi";
import { kindOfReceiver } from "../kinds/receivers.ts";
import type { Target } from "../kinds/senderKind.ts";
import { kindOfSender } from "../kinds/senders.ts";
import type { GoalReceiver } from "../rotation/goal.ts";
import { formerPaths, type PathGoal, type RecordedPaths } from "../rotation/paths.ts";
import type { ReceiverSettings, SenderSettings, Settings } from "../settings/settings.ts";
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
    settings: Settings,
    recorded: Recorded,
): readonly string[] {
    const { name } = receiver;
    const goal = pathGoal(receiver);
    const { path, closed } = goal;
    if (closed.length === 0 && !hasOthers(path, recorded.paths[name])) return [];
    const used = pathsOfSenders(receiver, settings, recorded);
    const closing = used.find((one) => closed.includes(one.path));
    if (closing) {
        refuse(
            `receivers: ${name}: closedPaths names ${closing.path}, where sender ${closing.sender} is recorded to push: ` +
                "take it out, run pulumi up, and close it once that sender has loaded its new configuration",
        );
    }
    const known = recordedPaths(receiver, settings, recorded);
    const former = formerPaths(goal, known);
    if (former.length > 0 && known.open?.includes(path) === false) {
        void pulumi.log.warn(
            `receivers: ${name} opens ${path} and goes on to open ${former.join(", ")}: once every sender has loaded its ` +
                `new configuration, close it: closedPaths: [${former.join(", ")}]`,
        );
    }
    return former;
}

/**
 * Whether a receiver is recorded to have had another path. Most had none, and no sender's
 * configuration is read then: there may be many.
 */
function hasOthers(path: string, known: Recorded["paths"][string] | undefined): boolean {
    const { open = [], told = [], proven = [] } = known ?? {};
    return [...open, ...told, ...proven].some((one) => one !== path);
}

/** The paths a receiver is to open. */
export function pathGoal(receiver: ReceiverSettings): PathGoal {
    return { path: pathOf(receiver), closed: receiver.closedPaths ?? [] };
}

/** What is recorded of the paths of a receiver. */
export function recordedPaths(
    receiver: ReceiverSettings,
    settings: Settings,
    recorded: Recorded,
): RecordedPaths {
    const used = pathsOfSenders(receiver, settings, recorded).map(({ path }) => path);
    return { ...(recorded.paths[receiver.name] ?? { proven: undefined }), used };
}

/** Where a sender pushes by its recorded configuration; undefined where none of ours says. */
export function recordedTarget(
    sender: SenderSettings,
    configurations: Recorded["configurations"],
): Partial<Target> | undefined {
    const { [sender.name]: text } = configurations;
    return text === undefined ? undefined : kindOfSender(sender).targetIn(sender, text);
}

/** Where senders of a receiver push, by their recorded configurations. */
function pathsOfSenders(
    { name }: ReceiverSettings,
    { senders }: Settings,
    { configurations }: Recorded,
): readonly { readonly sender: string; readonly path: string }[] {
    return senders
        .filter((sender) => sender.receiver === name)
        .flatMap((sender) => {
            const { url } = recordedTarget(sender, configurations) ?? {};
            return url !== undefined && URL.canParse(url)
                ? [{ sender: sender.name, path: pathOf({ url }) }]
                : [];
        });
}
