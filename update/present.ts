import * as pulumi from "@pulumi/pulumi";
import type { Present } from "../holders/holder.ts";
import type { Holding } from "../holders/holders.ts";
import { isLetInBy } from "../kinds/hash.ts";
import { kindOfReceiver } from "../kinds/receivers.ts";
import { kindOfSender } from "../kinds/senders.ts";
import type { Found } from "../rotation/strange.ts";
import type { Settings } from "../settings/settings.ts";
import { messageOf } from "../text/messageOf.ts";
import { strangePaths } from "../rotation/paths.ts";
import { pathGoal, recordedPaths } from "./paths.ts";
import type { Recorded } from "./recorded.ts";

/** The paths a receiver's files open that nothing decided about. */
export function strangePathsIn(
    { role, name }: Holding,
    { files }: Present,
    settings: Settings,
    recorded: Recorded,
): readonly string[] {
    const receiver = role === "receivers" && settings.receivers.find((one) => one.name === name);
    if (!receiver) return [];
    const present = unlessBroken(name, () => kindOfReceiver(receiver).pathsIn?.(files)) ?? [];
    return strangePaths(present, pathGoal(receiver), recordedPaths(receiver, settings, recorded));
}

/** The values in files; none where they cannot be read, as the update writes them anew. */
export function valuesIn(
    { role, name }: Holding,
    { files }: Present,
    { receivers, senders }: Settings,
): Found["values"] {
    if (role === "senders") {
        const sender = senders.find((one) => one.name === name);
        const value = sender && kindOfSender(sender).valueIn(sender, files);
        return value === undefined ? [] : [(one) => one === value];
    }
    const receiver = receivers.find((one) => one.name === name);
    const entries = unlessBroken(name, () => receiver && kindOfReceiver(receiver).parse(files));
    return (entries ?? []).map((entry) => (value) => isLetInBy(entry, value));
}

function unlessBroken<T>(receiver: string, read: () => T): T | undefined {
    try {
        return read();
    } catch (error) {
        void pulumi.log.warn(`receivers: ${receiver}: ${messageOf(error)}: it is written anew`);
        return undefined;
    }
}
