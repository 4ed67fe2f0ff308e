import * as pulumi from "@pulumi/pulumi";
import type { Present } from "../../holders/holder.ts";
import { type Holding, holdingsOf } from "../../holders/holders.ts";
import type { Files } from "../../kinds/receiverKind.ts";
import { kindOfReceiver } from "../../kinds/receivers.ts";
import { kindOfSender } from "../../kinds/senders.ts";
import type { Settings } from "../../settings/settings.ts";
import { messageOf } from "../../text/messageOf.ts";
import { advise } from "../advise.ts";
import type { Recorded } from "../recorded.ts";
import { kubernetesContext } from "../kubernetesContext.ts";
import { refuse } from "../refuse.ts";
import { receiverFault, senderFault, type TakeoverFault } from "./takeoverFaults.ts";

/**
 * Refuses to overwrite what this stack has not made, as a stack whose state was lost would:
 * server-side apply takes Secrets over without a word, and who uses what they held is cut off. Only
 * what is about to be made is read.
 */
export async function refuseTakeover(settings: Settings, recorded: Recorded): Promise<void> {
    const holdings = holdingsOf(settings, pulumi.getStack(), kubernetesContext());
    const unrecorded = holdings.filter(({ role, name }) => !recorded[role][name]);
    await Promise.all(unrecorded.map((holding) => check(holding, settings)));
}

async function check(holding: Holding, settings: Settings): Promise<void> {
    const { role, name, identity } = holding;
    const files = (await look(holding))?.files;
    const fault = files && judge(holding, files, settings);
    if (fault === undefined) return;
    refuse(
        `${role}: ${name}: ${identity} is there already, and this stack did not make it: ${fault}. ` +
            "Restore the stack's state, or set adopted to the credential in use (docs/operating.md, Coming from a credential " +
            "made by hand), or give it another secret",
    );
}

/** What is there now, or undefined when nothing is. */
export async function look({ role, identity, present }: Holding): Promise<Present | undefined> {
    try {
        const found = await present();
        advise(found?.advice);
        return found;
    } catch (error) {
        return refuse(
            `${role}: it cannot be seen whether ${identity} is there already ${messageOf(error)}`,
        );
    }
}

function judge({ role, name }: Holding, files: Files, settings: Settings): TakeoverFault {
    const { receivers, senders, adopted, retireWithoutProof } = settings;
    if (role === "receivers") {
        const receiver = receivers.find((one) => one.name === name);
        const kind = receiver && kindOfReceiver(receiver);
        return kind && receiverFault(kind, files, adopted?.value, retireWithoutProof);
    }
    const sender = senders.find((one) => one.name === name);
    // A store of a cloud: what it holds is not read, and it would be made a second time.
    if (!sender) return "what it holds is not known";
    return senderFault(kindOfSender(sender), files, adopted?.value);
}
