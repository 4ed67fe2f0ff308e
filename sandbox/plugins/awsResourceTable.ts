// The resources the stand-in for the AWS plugin makes: what each calls, as terraform-provider-aws 6
// does.
import {
    CreateAliasCommand,
    CreateKeyCommand,
    DeleteAliasCommand,
    DescribeKeyCommand,
    EnableKeyRotationCommand,
    GetKeyPolicyCommand,
    GetKeyRotationStatusCommand,
    KMSClient,
    ListAliasesCommand,
    ListResourceTagsCommand,
    PutKeyPolicyCommand,
    ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
    CreateSecretCommand,
    DeleteResourcePolicyCommand,
    DeleteSecretCommand,
    DescribeSecretCommand,
    GetResourcePolicyCommand,
    GetSecretValueCommand,
    PutResourcePolicyCommand,
    PutSecretValueCommand,
    RemoveRegionsFromReplicationCommand,
    SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { isDeepStrictEqual } from "node:util";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { role, rolePolicy } from "./awsRoles.ts";
import { at, found, samePolicy } from "./awsResource.ts";
import { fixed, type StandInResource, type Properties, text } from "./standIn.ts";

const kms = () => new KMSClient(at());
const store = () => new SecretsManagerClient(at());

/** What this account and this caller are. */
export async function callerIdentity(): Promise<Properties> {
    const { Account, Arn, UserId } = await new STSClient(at()).send(
        new GetCallerIdentityCommand({}),
    );
    return { accountId: Account, arn: Arn, userId: UserId, id: Account };
}

const key: StandInResource = {
    updates: ["policy", "enableKeyRotation"],
    create: async (inputs) => {
        const { KeyMetadata } = await kms().send(
            new CreateKeyCommand({
                Description: text(inputs, "description"),
                Policy: text(inputs, "policy"),
            }),
        );
        const { KeyId = "", Arn } = KeyMetadata ?? {};
        if (inputs["enableKeyRotation"] === true)
            await kms().send(new EnableKeyRotationCommand({ KeyId }));
        return { id: KeyId, outputs: { keyId: KeyId, arn: Arn } };
    },
    read: async (KeyId, inputs) => {
        const { KeyMetadata } = (await found(kms().send(new DescribeKeyCommand({ KeyId })))) ?? {};
        if (!KeyMetadata || KeyMetadata.KeyState === "PendingDeletion") return undefined;
        const { Policy } = await kms().send(
            new GetKeyPolicyCommand({ KeyId, PolicyName: "default" }),
        );
        const { KeyRotationEnabled } = await kms().send(new GetKeyRotationStatusCommand({ KeyId }));
        await kms().send(new ListResourceTagsCommand({ KeyId }));
        const policy = samePolicy(inputs["policy"], Policy);
        const { Description: description, Arn: arn } = KeyMetadata;
        return {
            inputs: { ...inputs, description, policy, enableKeyRotation: KeyRotationEnabled },
            outputs: { keyId: KeyId, arn },
        };
    },
    update: async (KeyId, inputs) => {
        const Policy = text(inputs, "policy");
        await kms().send(new PutKeyPolicyCommand({ KeyId, PolicyName: "default", Policy }));
        if (inputs["enableKeyRotation"] === true)
            await kms().send(new EnableKeyRotationCommand({ KeyId }));
    },
    delete: (KeyId, outputs) =>
        kms().send(
            new ScheduleKeyDeletionCommand({
                KeyId,
                PendingWindowInDays: Number(outputs["deletionWindowInDays"]),
            }),
        ),
};

const alias: StandInResource = {
    updates: [],
    create: async (inputs) => {
        const AliasName = text(inputs, "name");
        await kms().send(
            new CreateAliasCommand({ AliasName, TargetKeyId: text(inputs, "targetKeyId") }),
        );
        return { id: AliasName, outputs: {} };
    },
    read: async (AliasName, inputs) => {
        const { Aliases = [] } = await kms().send(new ListAliasesCommand({}));
        const alias = Aliases.find((one) => one.AliasName === AliasName);
        return alias && { inputs: { ...inputs, targetKeyId: alias.TargetKeyId } };
    },
    update: fixed,
    delete: (AliasName) => kms().send(new DeleteAliasCommand({ AliasName })),
};

const secret: StandInResource = {
    updates: ["recoveryWindowInDays"], // kept for the day it is deleted
    create: async (inputs) => {
        const replicas = (inputs["replicas"] ?? []) as { region: string }[];
        const { ARN = "" } = await store().send(
            new CreateSecretCommand({
                Name: text(inputs, "name"),
                Description: text(inputs, "description"),
                KmsKeyId: text(inputs, "kmsKeyId"),
                AddReplicaRegions: replicas.map((replica) => ({ Region: replica.region })),
            }),
        );
        return { id: ARN, outputs: { arn: ARN } };
    },
    read: async (SecretId, inputs) => {
        const secret = await found(store().send(new DescribeSecretCommand({ SecretId })));
        if (!secret || secret.DeletedDate !== undefined) return undefined;
        await store().send(new GetResourcePolicyCommand({ SecretId }));
        const { Name: name, Description: description, KmsKeyId: kmsKeyId } = secret;
        const regions = (secret.ReplicationStatus ?? []).map(({ Region }) => ({ region: Region }));
        const replicas = isDeepStrictEqual(new Set(regions), new Set(inputs["replicas"] as []))
            ? inputs["replicas"]
            : regions;
        return {
            inputs: { ...inputs, name, description, kmsKeyId, replicas },
            outputs: { arn: secret.ARN },
        };
    },
    update: () => Promise.resolve(),
    delete: async (SecretId, outputs) => {
        const replicas = (outputs["replicas"] ?? []) as { region: string }[];
        const RemoveReplicaRegions = replicas.map((replica) => replica.region);
        if (RemoveReplicaRegions.length > 0) {
            await store().send(
                new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions }),
            );
        }
        const RecoveryWindowInDays = Number(outputs["recoveryWindowInDays"]);
        await store().send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays }));
    },
};

const putPolicy = (inputs: Properties) =>
    store().send(
        new PutResourcePolicyCommand({
            SecretId: text(inputs, "secretArn"),
            ResourcePolicy: text(inputs, "policy"),
            BlockPublicPolicy: inputs["blockPublicPolicy"] === true,
        }),
    );

const secretPolicy: StandInResource = {
    updates: ["policy"],
    create: async (inputs) => {
        await putPolicy(inputs);
        return { id: text(inputs, "secretArn"), outputs: {} };
    },
    read: async (SecretId, inputs) => {
        const command = new GetResourcePolicyCommand({ SecretId });
        const { ResourcePolicy } = (await found(store().send(command))) ?? {};
        if (ResourcePolicy === undefined) return undefined;
        return { inputs: { ...inputs, policy: samePolicy(inputs["policy"], ResourcePolicy) } };
    },
    update: (_, inputs) => putPolicy(inputs),
    delete: (SecretId) => store().send(new DeleteResourcePolicyCommand({ SecretId })),
};

const secretVersion: StandInResource = {
    updates: [],
    create: async (inputs) => {
        const SecretId = text(inputs, "secretId");
        const { VersionId = "", VersionStages } = await store().send(
            new PutSecretValueCommand({ SecretId, SecretString: text(inputs, "secretString") }),
        );
        const outputs = { arn: SecretId, versionId: VersionId, versionStages: VersionStages };
        return { id: `${SecretId}|${VersionId}`, outputs };
    },
    read: async (id, inputs) => {
        const [SecretId = "", VersionId = ""] = id.split("|");
        const command = new GetSecretValueCommand({ SecretId, VersionId });
        const version = await found(store().send(command));
        if (!version) return undefined;
        return {
            inputs: { ...inputs, secretString: version.SecretString },
            outputs: { versionId: VersionId, versionStages: version.VersionStages },
        };
    },
    update: fixed,
    // The official plugin leaves AWSCURRENT alone, and the service does not let a version with
    // AWSPREVIOUS go.
    delete: () => Promise.resolve(),
};

/** How each type of resource is made. */
export const AWS_RESOURCES: Readonly<Record<string, StandInResource>> = {
    "aws:kms/key:Key": key,
    "aws:kms/alias:Alias": alias,
    "aws:secretsmanager/secret:Secret": secret,
    "aws:secretsmanager/secretPolicy:SecretPolicy": secretPolicy,
    "aws:secretsmanager/secretVersion:SecretVersion": secretVersion,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": rolePolicy,
};
