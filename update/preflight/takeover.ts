import * as pulumi from "@pulumi/pulumi";
import type { Present } from "../../holders/holder.ts";
import { type Holding, holdingsOf } from "../../holders/holders.ts";
import { kindOfReceiver } from "../../kinds/receivers.ts";
import { kindOfSender } from "../../kinds/senders.ts";
import { type Settings, usernameOf } from "../../settings/settings.ts";
import { messageOf } from "../../text/messageOf.ts";
import { advise } from "../advise.ts";
import type { Found } from "../../rotation/plan.ts";
import type { Recorded } from "../recorded.ts";
import { kubernetesContext } from "../kubernetesContext.ts";
import { valuesIn } from "../present.ts";
import { refuse } from "../refuse.ts";
import { receiverTakeover, senderTakeover, type Takeover } from "./takeoverFaults.ts";

/**
 * Refuses to overwrite what this stack has not made, as another stack would, or one whose state was
 * lost: server-side apply takes Secrets over without a word, and who uses what they held is cut
 * off. Warns of what ends for whoever uses what is adopted. Only what is about to be made is read.
 */
export async function refuseTakeover(settings: Settings, recorded: Recorded): Promise<void> {
    const holdings = holdingsOf(settings, pulumi.getStack(), kubernetesContext());
    const unrecorded = holdings.filter((holding) => !isRecorded(holding, recorded));
    await Promise.all(unrecorded.map((holding) => check(holding, settings, recorded)));
}

/** By where it is; by its name only where the state does not say where. */
function isRecorded({ role, name, identity }: Holding, recorded: Recorded): boolean {
    const { objects } = recorded;
    if (objects.some((one) => one.identity === identity)) return true;
    const placed = objects.some((one) => one.role === role && one.name === name);
    return recorded[role][name] !== undefined && !placed;
}

async function check(holding: Holding, settings: Settings, recorded: Recorded): Promise<void> {
    const { role, name, identity } = holding;
    const present = await look(holding);
    if (!present || isOurs(valuesIn(holding, present, settings), recorded)) return;
    const { fault, ending = [] } = judge(holding, present, settings);
    const maker = present.remembered
        ? "written by another stack of this program, or by this one before its state was lost"
        : "and this stack did not make it";
    if (fault !== undefined) {
        refuse(
            `${role}: ${name}: ${identity} is there already, ${maker}: ${fault}. ` +
                "Restore the stack's state, or set adopted to the credential in use (docs/operating.md, Coming from a credential " +
                "made by hand), or give it another secret",
        );
    }
    if (present.remembered) {
        void pulumi.log.warn(
            `${role}: ${name}: ${identity} is there already, ${maker}: it is taken over; where another stack writes it, ` +
                "give it another secret",
        );
    }
    if (ending.length > 0) {
        void pulumi.log.warn(
            `${role}: ${name}: whoever uses the adopted credential for more than pushing loses ${ending.join(" and ")} ` +
                "with this update: give them a credential of their own before",
        );
    }
}

/**
 * Whether this stack made what is there, though it is not recorded: a refresh took it for gone, as one
 * with a kubeconfig of another cluster does. All that it holds is known then, and goes on to be.
 */
function isOurs(values: Found["values"], { values: known }: Recorded): boolean {
    const ours = Object.values(known);
    return values.length > 0 && values.every((isIt) => ours.some(isIt));
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

function judge({ role, name }: Holding, { files }: Present, settings: Settings): Takeover {
    const { adopted, retireWithoutProof: withoutProof } = settings;
    if (role === "receivers") {
        const receiver = settings.receivers.find((one) => one.name === name);
        if (!receiver) return {};
        const username = adopted && usernameOf(settings, adopted.label);
        const generation = adopted && { ...adopted, ...(username !== undefined && { username }) };
        const kind = kindOfReceiver(receiver);
        return receiverTakeover(files, { kind, receiver, adopted: generation, withoutProof });
    }
    const sender = settings.senders.find((one) => one.name === name);
    // A store of a cloud: what it holds is not read, and it would be made a second time.
    if (!sender) return { fault: "what it holds is not known" };
    return senderTakeover(kindOfSender(sender).valueIn(sender, files), adopted?.value);
}
