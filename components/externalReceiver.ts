import * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../rotation/recordedUse.ts";
import { isWritten } from "../settings/settings.ts";
import { toldTo } from "../update/memory.ts";
import type { Prepared } from "../update/prepare.ts";
import { whole } from "./whole.ts";

/** Inputs of an {@link ExternalReceiver}. */
export interface ExternalReceiverArgs {
    /** Which generations it accepts. */
    readonly plan: Remembered;
    /** What it refuses for good. */
    readonly refused: readonly string[];
    /** What holds back the memory of it: until it refuses what it is said to. */
    readonly hooks: pulumi.ResourceHookBinding;
}

/**
 * Something that authenticates the push and cannot be configured from here: what is remembered of
 * it, as there is no Secret of it to remember that.
 *
 * It is written once senders are, unlike a Secret that receivers read: it follows what was seen,
 * and brings nothing about.
 */
export class ExternalReceiver extends pulumi.ComponentResource {
    constructor(name: string, args: ExternalReceiverArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:ExternalReceiver", name, {}, opts);
        const { plan, refused, hooks } = args;
        const { current, accepted, revision } = plan;
        new pulumi.Stash(
            name,
            { input: { current, accepted: [...accepted], revision, refused: [...refused] } },
            { parent: this, hooks: { ...hooks, beforeUpdate: hooks.beforeCreate } },
        );
        this.registerOutputs({});
    }
}

/** Remembers those that are configured, once senders are written. */
export function rememberExternals(
    { settings, recorded, plan }: Prepared,
    {
        senders,
        hooks,
    }: {
        readonly senders: readonly pulumi.Resource[];
        readonly hooks: pulumi.ResourceHookBinding;
    },
): void {
    for (const receiver of settings.receivers.filter((one) => !isWritten(one))) {
        const { refused } = toldTo(receiver, plan, recorded);
        const args = { plan, refused, hooks };
        new ExternalReceiver(receiver.name, args, { dependsOn: whole(senders) });
    }
}
