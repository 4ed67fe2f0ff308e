import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RotationPlan } from "../rotation/plan.ts";
import { parseAnnotations, secretMetadata, senderFiles } from "../holders/kubernetesSecret.ts";
import type { SenderSettings } from "../settings/settings.ts";
import type { Gate } from "../update/gate.ts";

/** Inputs of a {@link Sender}. */
export interface SenderArgs {
    readonly settings: SenderSettings;
    /** Which generation to push with: the current. */
    readonly plan: RotationPlan;
    /** Its value. Secret. */
    readonly value: pulumi.Input<string>;
    /** Proves the generation before the sender gets it. */
    readonly gate: Gate;
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
        const { settings, plan, value, gate } = args;
        this.name = name;
        const secret = new kubernetes.core.v1.Secret(
            name,
            {
                metadata: secretMetadata(settings, plan),
                type: "Opaque",
                stringData: pulumi.output(value).apply(senderFiles),
            },
            { parent: this, hooks: gate.hooks(name) },
        );
        this.generation = secret.metadata.annotations.apply(
            (annotations) => parseAnnotations(annotations)?.accepted[0] ?? plan.current,
        );
        new kubernetes.core.v1.ConfigMap(
            `${name}-configuration`,
            {
                metadata: { name: settings.configMap, namespace: settings.namespace },
                data: { "prometheus.yml": settings.configuration },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
