import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Generation } from "../rotation/generation.ts";
import type { Remembered } from "../rotation/recordedUse.ts";
import {
    adviceOn,
    differing,
    labelled,
    SEALED_OUTPUTS,
    secretMetadata,
} from "../holders/kubernetesSecret.ts";
import { kindOfReceiver } from "../kinds/receivers.ts";
import { isWritten, pathsOf, type WrittenReceiver } from "../settings/settings.ts";
import { advise } from "../update/advise.ts";
import { toldTo } from "../update/memory.ts";
import type { Prepared } from "../update/prepare.ts";
import { aliasesOf } from "../update/presentNames.ts";
import { PATHS_ENDING } from "../update/recordedReceivers.ts";
import type { CredentialMirror } from "./credentialMirror.ts";
import { whole } from "./whole.ts";
import type { WriteCredential } from "./writeCredential.ts";

/** Inputs of a {@link Receiver}. */
export interface ReceiverArgs {
    readonly settings: WrittenReceiver;
    /** Which generations to accept. */
    readonly plan: Remembered;
    /** What its Secret was recorded to be written for; undefined where there was none. */
    readonly former: Pick<Remembered, "revision"> | undefined;
    /** What its Secret says it was told to refuse for good. */
    readonly refused: readonly string[];
    /** Whether its paths are remembered: some differ, or did once. */
    readonly remembersPaths: boolean;
    /** What stands before the Secret is written. */
    readonly hooks: pulumi.ResourceHookBinding;
    /** The same generations, in the order of the plan, with their values. Secret. */
    readonly generations: pulumi.Input<Generation[]>;
}

/**
 * Something that authenticates the push: the Secret it reads the accepted generations from.
 *
 * The receiver itself runs elsewhere and follows its Secret: vmauth with `-auth.config` on the
 * mounted `auth.yml` and `-configCheckInterval`.
 */
export class Receiver extends pulumi.ComponentResource {
    readonly name: string;
    /** The current generation, once its Secret accepts it. */
    readonly generation: pulumi.Output<string>;

    constructor(name: string, args: ReceiverArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:Receiver", name, {}, opts);
        const { settings, plan, former, generations, refused, hooks, remembersPaths } = args;
        this.name = name;
        const paths = [...pathsOf(settings)];
        const told = remembersPaths
            ? [new pulumi.Stash(name + PATHS_ENDING, { input: paths }, { parent: this })]
            : [];
        const secret = new kubernetes.core.v1.Secret(
            name,
            {
                metadata: labelled(secretMetadata(settings, { ...plan, refused }), {
                    component: "receiver",
                    rereads: true,
                }),
                type: "Opaque",
                stringData: pulumi
                    .output(generations)
                    .apply((accepted) => kindOfReceiver(settings).render(settings, accepted)),
            },
            {
                parent: this,
                hooks,
                dependsOn: whole(told),
                additionalSecretOutputs: [...SEALED_OUTPUTS],
                ignoreChanges: differing(former, plan),
            },
        );
        this.generation = secret.urn.apply(() => plan.current);
        secret.metadata.annotations.apply((annotations) => {
            advise(adviceOn(settings, annotations));
        });
        this.registerOutputs({});
    }
}

/** Makes those that are configured, which accept what the mirror holds already. */
export function makeReceivers(
    { settings, recorded, plan, guard }: Prepared,
    before: {
        readonly credential: WriteCredential;
        readonly mirror: CredentialMirror;
        readonly provider: kubernetes.Provider;
    },
): readonly Receiver[] {
    const { credential, mirror, provider } = before;
    return settings.receivers.filter(isWritten).map((receiver) => {
        const { name } = receiver;
        const [generations, hooks] = [credential.accepted, guard.hooks(name)];
        const told = toldTo(receiver, plan, recorded);
        const former = recorded.receivers[name];
        const args = { settings: receiver, plan, former, generations, hooks, ...told };
        const aliases = aliasesOf(recorded, "receivers", name);
        return new Receiver(name, args, { provider, dependsOn: [credential, mirror], aliases });
    });
}
