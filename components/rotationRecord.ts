import * as pulumi from "@pulumi/pulumi";
import { recordMessage } from "../mirror/commitMessages.ts";
import { generationsInUse, type RecordedUse, type RotationPlan } from "../rotation/plan.ts";
import {
    describeRotation,
    renderRecord,
    type RotationRecord as Content,
    withDigests,
} from "../rotation/record.ts";
import type { Settings } from "../settings/settings.ts";
import type { CredentialMirror } from "./credentialMirror.ts";
import type { Gate } from "../update/gate.ts";

/** Something that a sender reads its credential from, written. */
export interface Written {
    /** The sender's. */
    readonly name: string;
    /** Label of the generation in it, once it is there. */
    readonly generation: pulumi.Output<string>;
}

/** Inputs of a {@link RotationRecord}. */
export interface RotationRecordArgs {
    readonly settings: Settings;
    readonly plan: RotationPlan;
    /** What was recorded before the update. */
    readonly recorded: RecordedUse;
    /** Where the record goes, beside the sealed file. */
    readonly mirror: CredentialMirror;
    /** The record waits for them. */
    readonly senders: readonly Written[];
    /** Knows what was proven. */
    readonly gate: Pick<Gate, "proofs">;
    /** What holds the record back: until what was retired is refused. */
    readonly hooks: pulumi.ResourceHookBinding;
}

/**
 * What a rotation was: which generations, proven where and when, by whom. No secret is in it.
 *
 * It is made once the last sender is done, and only when something was rotated: it reads the clock,
 * so it is kept in a stash, and is committed beside the sealed file. An update that fails at it
 * makes it in the next.
 */
export class RotationRecord extends pulumi.ComponentResource {
    /** The record as it is written beside the sealed files, JSON. */
    readonly content: pulumi.Output<string>;

    constructor(name: string, args: RotationRecordArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:RotationRecord", name, {}, opts);
        const { settings, plan, mirror, hooks } = args;
        const message = recordMessage(pulumi.getStack(), plan);
        const stash = new pulumi.Stash(
            `${name}-stash`,
            { input: { content: describe(args), message } },
            {
                parent: this,
                ignoreChanges: ["input"],
                replacementTrigger: plan.revision,
                hooks,
            },
        );
        const stashed = stash.output as pulumi.Output<{ content: string; message: string }>;
        // They may be sealed again without a rotation, for other recipients.
        this.content = pulumi
            .all([stashed.content, mirror.sealed])
            .apply(([content, sealed]) =>
                renderRecord(withDigests(JSON.parse(content) as Content, sealed)),
            );
        const files = { [settings.mirror.recordPath]: this.content };
        mirror.store.write(name, { files, message: stashed.message }, this);
        this.registerOutputs({});
    }
}

function describe(args: RotationRecordArgs): pulumi.Output<string> {
    const { settings, plan, recorded, mirror, senders, gate } = args;
    const done = senders.map(({ generation }) => generation);
    return pulumi.all([mirror.sealed, pulumi.all(done)]).apply(([sealed]) => {
        const record = describeRotation({
            stack: pulumi.getStack(),
            plan,
            previous: generationsInUse(recorded).find((label) => label !== plan.current),
            senders: senders.map(({ name }) => name),
            emergency: settings.emergency,
            sealed,
            proven: gate.proofs,
            now: new Date(),
        });
        return renderRecord(record);
    });
}
