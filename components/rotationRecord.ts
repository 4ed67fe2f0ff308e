import * as pulumi from "@pulumi/pulumi";
import { drawPassword } from "../kinds/issuers/generated.ts";
import { recordMessage } from "../mirror/commitMessages.ts";
import { signText } from "../mirror/signature.ts";
import { deriveSigningKey, renderVerificationKey } from "../mirror/signingKey.ts";
import { LENGTH } from "../rotation/generation.ts";
import { generationsInUse } from "../rotation/recordedUse.ts";
import type { RotationPlan } from "../rotation/plan.ts";
import {
    describeRotation,
    type Owner,
    renderRecord,
    type RotationRecord as Content,
    withDigests,
    withOwner,
} from "../rotation/record.ts";
import { SIGNATURE_ENDING } from "../seal/fileNames.ts";
import type { Settings } from "../settings/settings.ts";
import type { CredentialMirror } from "./credentialMirror.ts";
import type { Gate } from "../update/gate.ts";
import type { Recorded } from "../update/recorded.ts";

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
    readonly recorded: Recorded;
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
 *
 * It is signed, because whoever can write to the mirror can seal a file too: public keys suffice.
 * The signature covers the digests of the sealed files. A record of a program that did not sign
 * stays unsigned until the next rotation.
 */
export class RotationRecord extends pulumi.ComponentResource {
    /** The record as it is written beside the sealed files, JSON. */
    readonly content: pulumi.Output<string>;
    /** What verifies its signature, as the line of a `.pub` file; undefined where it has none. */
    readonly verificationKey: pulumi.Output<string> | undefined;

    constructor(name: string, args: RotationRecordArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:RotationRecord", name, {}, opts);
        const { settings, plan, mirror, hooks } = args;
        const key = isSigned(args) ? drawKey(`${name}-key`, this) : undefined;
        const message = recordMessage(pulumi.getStack(), plan);
        const stash = new pulumi.Stash(
            `${name}-stash`,
            { input: { content: describe(args), message } },
            {
                parent: this,
                ignoreChanges: ["input"],
                replacementTrigger: plan.revision,
                hooks,
                // A record without the key on record would never be signed.
                ...(key && { dependsOn: key }),
            },
        );
        const stashed = stash.output as pulumi.Output<{ content: string; message: string }>;
        // They may be sealed again without a rotation, for other recipients.
        this.content = pulumi
            .all([stashed.content, mirror.sealed])
            .apply(([content, sealed]) =>
                renderRecord(
                    withDigests(withOwner(JSON.parse(content) as Content, owner()), sealed),
                ),
            );
        const { recordPath } = settings.mirror;
        const files = {
            [recordPath]: this.content,
            ...(key && { [recordPath + SIGNATURE_ENDING]: sign(this.content, key.result) }),
        };
        mirror.store.write(name, { files, message: stashed.message }, this);
        this.verificationKey = key && publish(key.result);
        this.registerOutputs({});
    }
}

/**
 * Whether the record is made in this update, or was signed when it was made: a stack of an earlier
 * program is left as it is until it rotates.
 */
function isSigned({ plan, recorded }: RotationRecordArgs): boolean {
    return recorded.signed || recorded.record?.revision !== plan.revision;
}

/** What the key is derived from. A password, as the state of no other random resource is secret. */
function drawKey(name: string, parent: pulumi.Resource) {
    const keepers = { signs: "rotation records" };
    return drawPassword(name, { keepers, length: LENGTH.most, parent });
}

function sign(text: pulumi.Output<string>, key: pulumi.Output<string>): pulumi.Output<string> {
    const signed = pulumi.all([text, key]);
    return pulumi.unsecret(signed.apply(([text, key]) => signText(text, deriveSigningKey(key))));
}

function publish(key: pulumi.Output<string>): pulumi.Output<string> {
    const comment = `${pulumi.getProject()}/${pulumi.getStack()}`;
    return pulumi.unsecret(
        key.apply((text) => renderVerificationKey(deriveSigningKey(text), comment)),
    );
}

function owner(): Owner {
    return {
        organization: pulumi.getOrganization(),
        project: pulumi.getProject(),
        stack: pulumi.getStack(),
    };
}

function describe(args: RotationRecordArgs): pulumi.Output<string> {
    const { settings, plan, recorded, mirror, senders, gate } = args;
    const done = senders.map(({ generation }) => generation);
    return pulumi.all([mirror.sealed, pulumi.all(done)]).apply(([sealed]) => {
        const record = describeRotation({
            ...owner(),
            plan,
            previous: generationsInUse(recorded).find((label) => label !== plan.current),
            senders: senders.map(({ name }) => name),
            emergency: settings.emergency,
            sealed,
            proven: gate.proofs,
            now: new Date(),
            former: recorded.record,
        });
        return renderRecord(record);
    });
}
