import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
    adviceOn,
    differing,
    FORCED,
    labelled,
    SEALED_OUTPUTS,
    secretMetadata,
} from "../holders/kubernetesSecret.ts";
import { kindOfSender } from "../kinds/senders.ts";
import { type Generation, valueAt } from "../rotation/generation.ts";
import type { Remembered } from "../rotation/recordedUse.ts";
import { receiverOf, type ReceiverSettings, type SenderSettings } from "../settings/settings.ts";
import { advise } from "../update/advise.ts";
import type { Gate } from "../update/gate.ts";
import type { Prepared } from "../update/prepare.ts";
import { aliasesOf } from "../update/presentNames.ts";
import type { Recorded } from "../update/recorded.ts";
import { whole } from "./whole.ts";
import type { WriteCredential } from "./writeCredential.ts";

/** Inputs of a {@link Sender}. */
export interface SenderArgs {
    readonly settings: SenderSettings;
    /** The receiver it pushes to. */
    readonly receiver: ReceiverSettings;
    /** The revision, and which generations are accepted. */
    readonly plan: Remembered;
    /** The generation to push with: the current. Secret. */
    readonly generation: pulumi.Input<Generation>;
    /** Proves the generation before the sender gets it. */
    readonly gate: Gate;
    /** What was recorded before the update. */
    readonly recorded: Pick<Recorded, "configurations" | "forced" | "senders">;
}

/**
 * Something that pushes: the Secret it reads its credential from, and its configuration.
 *
 * The sender itself runs elsewhere and mounts both: Prometheus reads the token anew at every
 * request, and its configuration stays the same through all rotations, so nothing is reloaded.
 */
export class Sender extends pulumi.ComponentResource {
    readonly name: string;
    /** The generation in its Secret, once it is there. */
    readonly generation: pulumi.Output<string>;

    constructor(name: string, args: SenderArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:Sender", name, {}, opts);
        const { settings, receiver, plan, generation, gate } = args;
        const kind = kindOfSender(settings);
        this.name = name;
        const secret = new kubernetes.core.v1.Secret(
            name,
            {
                metadata: labelled(secretMetadata(settings, plan), {
                    component: "sender",
                    rereads: kind.uptake(settings).rereads,
                }),
                type: "Opaque",
                stringData: pulumi.output(generation).apply((one) => {
                    const value = valueAt(one, receiver.name);
                    return kind.credential(settings, receiver, { ...one, value });
                }),
            },
            {
                parent: this,
                hooks: gate.hooks(name),
                additionalSecretOutputs: [...SEALED_OUTPUTS],
                ignoreChanges: differing(args.recorded.senders[name], plan),
            },
        );
        secret.metadata.annotations.apply((annotations) => {
            advise(adviceOn(settings, annotations));
        });
        // Not read from its annotations, which are a secret.
        this.generation = secret.urn.apply(() => plan.current);
        const configuration = kind.configuration(settings, receiver);
        if (configuration && settings.configMap !== undefined) {
            new kubernetes.core.v1.ConfigMap(
                `${name}-configuration`,
                {
                    metadata: {
                        name: settings.configMap,
                        namespace: settings.namespace,
                        ...(isTakenBack(name, configuration.text, args.recorded) && {
                            annotations: FORCED,
                        }),
                    },
                    data: { [configuration.file]: configuration.text },
                },
                // It may say where to push, which is proven with the credential.
                { parent: this, hooks: gate.hooks(`${name}-configuration`, name) },
            );
        }
        this.registerOutputs({});
    }
}

/** Makes those that are configured, behind the gate, once every receiver is there. */
export function makeSenders(
    { settings, recorded, plan }: Prepared,
    made: {
        readonly credential: WriteCredential;
        readonly gate: Gate;
        /** What comes before them: the receivers, where any is written. */
        readonly before: readonly pulumi.Resource[];
        readonly provider: kubernetes.Provider;
    },
): readonly Sender[] {
    const { gate, provider, before } = made;
    const { current: generation } = made.credential;
    return settings.senders.map((sender) => {
        const { name } = sender;
        const receiver = receiverOf(sender, settings);
        const args = { settings: sender, receiver, plan, generation, gate, recorded };
        const aliases = aliasesOf(recorded, "senders", name);
        return new Sender(name, args, { provider, dependsOn: whole(before), aliases });
    });
}

/**
 * Whether a configuration is written whoever edited it: one of ours that differs, as somebody's edit
 * does, and from then on. Not one that is new, which may be somebody else's, nor one that stays as
 * it is, which an annotation would change.
 */
function isTakenBack(name: string, text: string, recorded: SenderArgs["recorded"]): boolean {
    const former = recorded.configurations[name];
    return recorded.forced.includes(name) || (former !== undefined && former !== text);
}
