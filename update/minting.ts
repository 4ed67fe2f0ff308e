import * as pulumi from "@pulumi/pulumi";
import type { Mint } from "../kinds/vendor.ts";
import { openMint } from "../kinds/vendors.ts";
import type { RotationPlan } from "../rotation/plan.ts";
import { knownAt } from "../rotation/recordedUse.ts";
import type { ReceiverSettings, Settings } from "../settings/settings.ts";
import { messageOf } from "../text/messageOf.ts";
import type { Recorded } from "./recorded.ts";
import { refuse } from "./refuse.ts";

/** A receiver that takes minted values, and what mints them. */
export interface ReceiverMint {
    readonly receiver: ReceiverSettings;
    readonly mint: Mint;
}

/**
 * What mints values for the receivers that take such. Throws a one-line error, before anything
 * changes, when the generation the update is for has none at one of them and can get none.
 */
export async function openMints(
    settings: Settings,
    recorded: Recorded,
): Promise<readonly ReceiverMint[]> {
    tellOfLeftOut(settings, recorded);
    const opening = settings.receivers.flatMap((receiver) =>
        receiver.mint === undefined ? [] : [open(receiver, receiver.mint)],
    );
    const mints = await Promise.all(opening);
    await Promise.all(mints.map((one) => refuseUnmintable(one, settings, recorded)));
    return mints;
}

async function open(
    receiver: ReceiverSettings,
    told: NonNullable<ReceiverSettings["mint"]>,
): Promise<ReceiverMint> {
    const [project, stack] = [pulumi.getProject(), pulumi.getStack()];
    return { receiver, mint: await openMint(told, { project, stack, receiver: receiver.name }) };
}

async function refuseUnmintable(
    { receiver, mint }: ReceiverMint,
    { rotation, adopted }: Settings,
    recorded: Recorded,
): Promise<void> {
    const { name } = receiver;
    if (!isMinted(receiver, rotation, { adopted, recorded })) return;
    if (recorded.tokens[rotation]?.[name] !== undefined) return;
    if (recorded.receivers[name]?.accepted.includes(rotation)) {
        refuse(
            `rotation names ${rotation}, whose token for receiver ${name} is gone, as it was revoked where it was made: ` +
                "set rotation to another label",
        );
    }
    const fault = await mint.faultOf(rotation);
    if (fault !== undefined) refuse(`receivers: ${name}: ${fault}`);
}

/** Whether a generation that is to be current has a minted value at a receiver: what is adopted has its own. */
function isMinted(
    { name, mint }: ReceiverSettings,
    label: string,
    { adopted, recorded }: Pick<Settings, "adopted"> & { readonly recorded: Recorded },
): boolean {
    if (mint === undefined || adopted?.label === label) return false;
    return (
        knownAt({ name, mint }, label, recorded) === undefined ||
        recorded.tokens[label]?.[name] !== undefined
    );
}

/** What an update is to bring about, and with what. */
interface Planned {
    readonly mints: readonly ReceiverMint[];
    readonly plan: Pick<RotationPlan, "current" | "accepted">;
    readonly recorded: Recorded;
}

/** Which generations have a minted value at a receiver, and what it comes from. */
export interface Minting extends ReceiverMint {
    /** Those whose value is recorded, or to be minted. */
    readonly labels: readonly string[];
    /** The values that are recorded, by label, also of what is to end. Secret. */
    readonly values: Readonly<Record<string, string>>;
}

/** What is minted, and was: one value a generation and receiver, for those receivers accept. */
export function mintingOf({
    mints,
    plan,
    recorded,
    settings,
}: Planned & { readonly settings: Settings }): readonly Minting[] {
    const { adopted } = settings;
    return mints.map(({ receiver, mint }) => {
        const values = Object.entries(recorded.tokens).flatMap(
            ([label, { [receiver.name]: token }]) =>
                token === undefined ? [] : [[label, token.value] as const],
        );
        const has = new Set(values.map(([label]) => label));
        const labels = plan.accepted.filter(
            (label) =>
                has.has(label) ||
                (label === plan.current && isMinted(receiver, label, { adopted, recorded })),
        );
        return { receiver, mint, labels, values: Object.fromEntries(values) };
    });
}

/** What has vendors end the values of generations that are accepted no more. Nothing has ended yet. */
export function revoking({ mints, plan, recorded }: Planned): () => Promise<void> {
    return async () => {
        for (const { receiver, mint } of mints) {
            for (const [label, { [receiver.name]: token }] of Object.entries(recorded.tokens)) {
                if (token === undefined || plan.accepted.includes(label)) continue;
                try {
                    await mint.revoke(token.recorded);
                } catch (error) {
                    throw new Error(
                        `generation ${label} is not revoked at receiver ${receiver.name}: ${messageOf(error)}. Run pulumi up again`,
                        { cause: error },
                    );
                }
            }
        }
    };
}

/** What nobody here can revoke any more. */
function tellOfLeftOut({ receivers }: Settings, { tokens }: Recorded): void {
    const minting = receivers.filter(({ mint }) => mint !== undefined).map(({ name }) => name);
    for (const [label, byReceiver] of Object.entries(tokens)) {
        for (const name of Object.keys(byReceiver).filter((one) => !minting.includes(one))) {
            void pulumi.log.warn(
                `receiver ${name} takes minted values no more, but the token of generation ${label} stays valid: revoke it ` +
                    "where it was made, once nobody uses it",
            );
        }
    }
}
