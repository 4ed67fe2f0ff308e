import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { trustPolicy, updatePolicy } from "../holders/awsPolicies.ts";

/** Inputs of a {@link CiRole}. */
export interface CiRoleArgs {
    /** `owner/name` on GitHub. */
    readonly repository: string;
    /** The environment of that repository whose jobs may take the role. */
    readonly environment: string;
    /** What updates write to. Defaults to nothing. */
    readonly secretArn?: pulumi.Output<string> | undefined;
    readonly keyArn?: pulumi.Output<string> | undefined;
    /** The key of KMS the mirror is sealed to. Defaults to none. */
    readonly kmsRecipient?: string | undefined;
}

/**
 * The role that jobs of GitHub Actions take to rotate, without a stored key.
 *
 * The account must know GitHub's issuer already: there can be one such provider an account, so it
 * belongs to no stack.
 */
export class CiRole extends pulumi.ComponentResource {
    readonly arn: pulumi.Output<string>;

    constructor(name: string, args: CiRoleArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:CiRole", name, {}, opts);
        const { repository, environment, secretArn, keyArn, kmsRecipient } = args;
        const parent = { parent: this };
        const { accountId } = aws.getCallerIdentityOutput({}, parent);
        const role = new aws.iam.Role(
            name,
            {
                name: `prometheus-write-secret-${pulumi.getStack()}`,
                description: `Rotates the credential from ${repository}, environment ${environment}`,
                assumeRolePolicy: accountId.apply((account) =>
                    JSON.stringify(trustPolicy(account, repository, environment)),
                ),
            },
            parent,
        );
        new aws.iam.RolePolicy(
            `${name}-policy`,
            {
                name: "update",
                role: role.name,
                policy: pulumi
                    .all([role.arn, secretArn, keyArn])
                    .apply(([arn, secret, key]) =>
                        JSON.stringify(updatePolicy({ role: arn, secret, key, kmsRecipient })),
                    ),
            },
            parent,
        );
        this.arn = role.arn;
        this.registerOutputs({});
    }
}
