import * as pulumi from "@pulumi/pulumi";
import { known } from "../rotation/goal.ts";
import type { RotationPlan } from "../rotation/plan.ts";
import { knownAt, type RecordedUse } from "../rotation/recordedUse.ts";
import { isWritten, type ReceiverSettings, type Settings } from "../settings/settings.ts";
import { whyNotRefused } from "./conclusion.ts";
import { limitSecondsOf } from "./gate.ts";
import { namespace, refuse } from "./refuse.ts";

type Goal = Pick<
    Settings,
    | "rotation"
    | "receivers"
    | "adopted"
    | "emergency"
    | "retireWithoutProof"
    | "projectionLimitSeconds"
>;

/**
 * Refuses, before anything changes, to go to a generation that nobody gave the value of: one made
 * here no external receiver would ever accept.
 */
export function refuseUngiven(
    goal: Goal & Pick<Settings, "senders" | "retired">,
    recorded: RecordedUse,
): void {
    const { rotation, receivers } = goal;
    const receiver = receivers.find((one) => !isWritten(one) && one.mint === undefined);
    if (!receiver || known(goal, recorded).includes(rotation)) return;
    const key = `${namespace()}adopted`;
    refuse(
        `rotation names ${rotation}, which has no value: receiver ${receiver.name} accepts only what is made where it is run. ` +
            `Make a credential there, then: pulumi config set --path ${key}.label ${rotation} && ` +
            `pulumi config set --secret --path ${key}.value`,
    );
}

/**
 * Why it is not proven that every external receiver refuses a generation, by label: whom nobody can
 * push with any more, nobody uses. One is asked beside it with what senders use, which it must
 * accept: a firewall refuses both.
 */
export async function whyStillAccepted(
    { receivers }: Pick<Goal, "receivers">,
    recorded: RecordedUse,
    labels: readonly string[],
): Promise<ReadonlyMap<string, string>> {
    const asked = receivers
        .filter((receiver) => !isWritten(receiver))
        .flatMap((receiver) => labels.map((label) => ask(receiver, label, recorded)));
    const faults = await Promise.all(asked);
    return new Map(faults.filter((fault) => fault !== undefined));
}

async function ask(
    receiver: ReceiverSettings,
    label: string,
    recorded: RecordedUse,
): Promise<readonly [label: string, fault: string] | undefined> {
    const { name, mint } = receiver;
    const used = recorded.receivers[name]?.current;
    const [retired, current] = [label, used].map((one) => {
        const value = one === undefined ? undefined : knownAt(receiver, one, recorded);
        return one === undefined || value === undefined ? undefined : { label: one, value };
    });
    if (!retired || !current) {
        return [label, `whether receiver ${name} refuses it is not known, as its value is not`];
    }
    const faults = await Promise.all(
        receiver.probeUrls.map((url) => whyNotRefused(receiver, url, { retired, current }, 0)),
    );
    const fault = faults.find((one) => one !== undefined);
    if (fault === undefined) return undefined;
    if (mint === undefined) return [label, fault];
    return [
        label,
        `nothing counts who pushes to receiver ${name} with it: see there that nobody does, and retire it with --without-proof`,
    ];
}

/**
 * Tells what is to be revoked, and where, because nothing here can have an external receiver refuse
 * it: what this update is told to have refused, and, for later, what leaked.
 */
export async function tellOfRevoking(
    goal: Goal,
    recorded: RecordedUse,
    { refused, retired }: RotationPlan,
): Promise<void> {
    const { emergency, retireWithoutProof } = goal;
    // Else what is retired was seen to be refused.
    if (!emergency && !retireWithoutProof) return;
    const byHand = goal.receivers.filter((one) => !isWritten(one) && one.mint === undefined);
    for (const receiver of byHand) {
        const { name } = receiver;
        const { accepted = [] } = recorded.receivers[name] ?? {};
        const ending = retired.filter((label) => accepted.includes(label));
        const still = await whyStillAccepted({ receivers: [receiver] }, recorded, ending);
        for (const label of still.keys()) {
            void pulumi.log.warn(
                `nothing here can have receiver ${name} refuse ${label}: revoke it where it was made, now. Until it is refused, for ` +
                    `${limitSecondsOf(receiver, goal)} s at most, this update waits, and is not on record before`,
            );
        }
        const leaked = emergency?.leaked;
        if (leaked === undefined || refused.includes(leaked) || !accepted.includes(leaked))
            continue;
        void pulumi.log.warn(
            `nothing here can have receiver ${name} refuse ${leaked}: revoke it where it was made once senders have switched; ` +
                "the next update proves that it is refused",
        );
    }
}
