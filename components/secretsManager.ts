import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { keyPolicy, principalsOf, secretPolicy } from "../holders/awsPolicies.ts";
import { usualName } from "../holders/holders.ts";
import { renderStored, SECRETS_MANAGER } from "../holders/secretsManager.ts";
import type { Generation } from "../rotation/generation.ts";
import type { AwsSecretSettings } from "../settings/awsSchema.ts";
import type { Gate } from "../update/gate.ts";

/** Inputs of a {@link SecretsManager}. */
export interface SecretsManagerArgs {
    readonly settings: AwsSecretSettings;
    readonly region: string;
    /** The current generation. Its value is secret. */
    readonly generation: pulumi.Output<Generation>;
    /** What holds back a generation that receivers do not accept yet. */
    readonly gate: Gate;
}

/**
 * The credential as a secret of AWS Secrets Manager, `{"label":"...","value":"..."}`, under a key
 * of its own.
 *
 * Who reads it is a sender like any other, so it is written with the senders, behind the same gate:
 * a value that receivers do not accept yet would lose samples. One version resource is replaced at
 * each rotation: the new version takes AWSCURRENT and Secrets Manager itself moves AWSPREVIOUS to
 * the former, also when going back.
 */
export class SecretsManager extends pulumi.ComponentResource {
    /** What it is called among senders. */
    readonly name = SECRETS_MANAGER;
    /** The label of what it holds, once it is there. */
    readonly generation: pulumi.Output<string>;
    readonly secretArn: pulumi.Output<string>;
    readonly keyArn: pulumi.Output<string>;

    constructor(name: string, args: SecretsManagerArgs, opts?: pulumi.ComponentResourceOptions) {
        // {}: arguments would land in state
        super("prometheus-write-secret:index:SecretsManager", name, {}, opts);
        const { settings, region, generation, gate } = args;
        const { readers, replicaRegions, recoveryWindowDays } = settings;
        const parent = { parent: this };
        const caller = aws.getCallerIdentityOutput({}, parent);
        const secretName = settings.name ?? usualName(pulumi.getStack());
        const key = new aws.kms.Key(
            `${name}-key`,
            {
                description: `Encrypts the secret ${secretName}`,
                enableKeyRotation: true,
                deletionWindowInDays: 30,
                policy: caller.accountId.apply((account) =>
                    JSON.stringify(keyPolicy(account, region, readers)),
                ),
            },
            parent,
        );
        new aws.kms.Alias(
            `${name}-alias`,
            { name: `alias/${secretName}`, targetKeyId: key.keyId },
            parent,
        );
        const secret = new aws.secretsmanager.Secret(
            name,
            {
                name: secretName,
                description: "What Prometheus pushes samples with",
                kmsKeyId: key.arn,
                recoveryWindowInDays: recoveryWindowDays,
                replicas: replicaRegions.map((replica) => ({ region: replica })),
            },
            parent,
        );
        const policy = new aws.secretsmanager.SecretPolicy(
            `${name}-policy`,
            {
                secretArn: secret.arn,
                blockPublicPolicy: true,
                policy: caller.arn.apply((arn) =>
                    JSON.stringify(secretPolicy(readers, settings.deployers ?? principalsOf(arn))),
                ),
            },
            parent,
        );
        const version = new aws.secretsmanager.SecretVersion(
            `${name}-version`,
            {
                secretId: secret.arn,
                secretString: pulumi.secret(generation.apply(renderStored)),
            },
            // The policy first: nobody reads the value before access is what it should be.
            {
                parent: this,
                dependsOn: policy,
                hooks: gate.hooks("secretsManager", SECRETS_MANAGER),
            },
        );
        this.generation = pulumi
            .unsecret(pulumi.all([generation, version.id]))
            .apply(([{ label }]) => label);
        this.secretArn = secret.arn;
        this.keyArn = key.arn;
        this.registerOutputs({});
    }
}
