import * as pulumi from "@pulumi/pulumi";
import type { Present } from "../holders/holder.ts";
import type { Holding } from "../holders/holders.ts";
import { isLetInBy } from "../kinds/hash.ts";
import { kindOfReceiver } from "../kinds/receivers.ts";
import { kindOfSender } from "../kinds/senders.ts";
import type { Found } from "../rotation/plan.ts";
import type { Settings } from "../settings/settings.ts";
import { messageOf } from "../text/messageOf.ts";
import { pathOf } from "./paths.ts";

/** The paths a receiver's files open beside what it is to open, or to close. */
export function otherPathsIn(
    { role, name }: Holding,
    { files }: Present,
    { receivers }: Settings,
): readonly string[] {
    const receiver = role === "receivers" && receivers.find((one) => one.name === name);
    if (!receiver) return [];
    const { formerPaths = [], closedPaths = [] } = receiver;
    const known = [pathOf(receiver), ...formerPaths, ...closedPaths];
    const open = unlessBroken(name, () => kindOfReceiver(receiver).pathsIn?.(files));
    return (open ?? []).filter((one) => !known.includes(one));
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
