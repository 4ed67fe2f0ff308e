// The resources the stand-in for the AWS plugin makes: what each calls.
import {
    CreateRoleCommand,
    DeleteRoleCommand,
    DeleteRolePolicyCommand,
    GetRoleCommand,
    GetRolePolicyCommand,
    IAMClient,
    PutRolePolicyCommand,
    UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
    CreateAliasCommand,
    CreateKeyCommand,
    DeleteAliasCommand,
    DescribeKeyCommand,
    EnableKeyRotationCommand,
    KMSClient,
    PutKeyPolicyCommand,
    ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import {
    CreateSecretCommand,
    DeleteResourcePolicyCommand,
    DeleteSecretCommand,
    DescribeSecretCommand,
    GetResourcePolicyCommand,
    PutResourcePolicyCommand,
    PutSecretValueCommand,
    RemoveRegionsFromReplicationCommand,
    SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/** Inputs or outputs of a resource. */
export type Properties = Readonly<Record<string, unknown>>;

/** A type of resource. */
export interface Kind {
    /** Inputs that are changed in place; a change of others replaces the resource. */
    readonly updates: readonly string[];
    create(inputs: Properties): Promise<{ id: string; outputs: Properties }>;
    /** Whether it is there; an error of the service that it is not found says that it is not. */
    exists(id: string, outputs: Properties): Promise<boolean>;
    update(id: string, inputs: Properties): Promise<unknown>;
    delete(id: string, outputs: Properties): Promise<unknown>;
}

let region: string | undefined;

/** Where to make everything; the address and the credentials are those of the environment. */
export function useRegion(name: string): void {
    region = name;
}

const at = () => (region === undefined ? {} : { region });
const kms = () => new KMSClient(at());
const store = () => new SecretsManagerClient(at());
const iam = () => new IAMClient(at());

const text = (properties: Properties, key: string): string => {
    const value = properties[key];
    if (typeof value === "string") return value;
    throw new Error(`${key} must be a text`);
};

const fixed = () => Promise.reject(new Error("nothing of this resource changes in place"));

/** What this account and this caller are. */
export async function callerIdentity(): Promise<Properties> {
    const { Account, Arn, UserId } = await new STSClient(at()).send(
        new GetCallerIdentityCommand({}),
    );
    return { accountId: Account, arn: Arn, userId: UserId, id: Account };
}

const key: Kind = {
    updates: ["policy"],
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
    exists: async (KeyId) => {
        const { KeyMetadata } = await kms().send(new DescribeKeyCommand({ KeyId }));
        return KeyMetadata?.KeyState !== "PendingDeletion";
    },
    update: (KeyId, inputs) =>
        kms().send(
            new PutKeyPolicyCommand({
                KeyId,
                PolicyName: "default",
                Policy: text(inputs, "policy"),
            }),
        ),
    delete: (KeyId, outputs) =>
        kms().send(
            new ScheduleKeyDeletionCommand({
                KeyId,
                PendingWindowInDays: Number(outputs["deletionWindowInDays"]),
            }),
        ),
};

const alias: Kind = {
    updates: [],
    create: async (inputs) => {
        const AliasName = text(inputs, "name");
        await kms().send(
            new CreateAliasCommand({ AliasName, TargetKeyId: text(inputs, "targetKeyId") }),
        );
        return { id: AliasName, outputs: {} };
    },
    exists: async (KeyId) => {
        await kms().send(new DescribeKeyCommand({ KeyId }));
        return true;
    },
    update: fixed,
    delete: (AliasName) => kms().send(new DeleteAliasCommand({ AliasName })),
};

const secret: Kind = {
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
    exists: async (SecretId) => {
        const { DeletedDate } = await store().send(new DescribeSecretCommand({ SecretId }));
        return DeletedDate === undefined;
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

const secretPolicy: Kind = {
    updates: ["policy"],
    create: async (inputs) => {
        await putPolicy(inputs);
        return { id: text(inputs, "secretArn"), outputs: {} };
    },
    exists: async (SecretId) => {
        const { ResourcePolicy } = await store().send(new GetResourcePolicyCommand({ SecretId }));
        return ResourcePolicy !== undefined;
    },
    update: (_, inputs) => putPolicy(inputs),
    delete: (SecretId) => store().send(new DeleteResourcePolicyCommand({ SecretId })),
};

const secretVersion: Kind = {
    updates: [],
    create: async (inputs) => {
        const SecretId = text(inputs, "secretId");
        const { VersionId = "", VersionStages } = await store().send(
            new PutSecretValueCommand({ SecretId, SecretString: text(inputs, "secretString") }),
        );
        const outputs = { arn: SecretId, versionId: VersionId, versionStages: VersionStages };
        return { id: `${SecretId}|${VersionId}`, outputs };
    },
    exists: async (_, outputs) => {
        const SecretId = text(outputs, "secretId");
        const { VersionIdsToStages } = await store().send(new DescribeSecretCommand({ SecretId }));
        return VersionIdsToStages?.[text(outputs, "versionId")] !== undefined;
    },
    update: fixed,
    // The official plugin leaves AWSCURRENT alone, and the service does not let a version with AWSPREVIOUS go.
    delete: () => Promise.resolve(),
};

const role: Kind = {
    updates: ["assumeRolePolicy"],
    create: async (inputs) => {
        const { Role } = await iam().send(
            new CreateRoleCommand({
                RoleName: text(inputs, "name"),
                Description: text(inputs, "description"),
                AssumeRolePolicyDocument: text(inputs, "assumeRolePolicy"),
            }),
        );
        return { id: text(inputs, "name"), outputs: { arn: Role?.Arn } };
    },
    exists: async (RoleName) => {
        await iam().send(new GetRoleCommand({ RoleName }));
        return true;
    },
    update: (RoleName, inputs) =>
        iam().send(
            new UpdateAssumeRolePolicyCommand({
                RoleName,
                PolicyDocument: text(inputs, "assumeRolePolicy"),
            }),
        ),
    delete: (RoleName) => iam().send(new DeleteRoleCommand({ RoleName })),
};

const putRolePolicy = (inputs: Properties) =>
    iam().send(
        new PutRolePolicyCommand({
            RoleName: text(inputs, "role"),
            PolicyName: text(inputs, "name"),
            PolicyDocument: text(inputs, "policy"),
        }),
    );

const rolePolicy: Kind = {
    updates: ["policy"],
    create: async (inputs) => {
        await putRolePolicy(inputs);
        return { id: `${text(inputs, "role")}:${text(inputs, "name")}`, outputs: {} };
    },
    exists: async (_, outputs) => {
        const [RoleName, PolicyName] = [text(outputs, "role"), text(outputs, "name")];
        await iam().send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        return true;
    },
    update: (_, inputs) => putRolePolicy(inputs),
    delete: (_, outputs) =>
        iam().send(
            new DeleteRolePolicyCommand({
                RoleName: text(outputs, "role"),
                PolicyName: text(outputs, "name"),
            }),
        ),
};

/** How each type of resource is made. */
export const KINDS: Readonly<Record<string, Kind>> = {
    "aws:kms/key:Key": key,
    "aws:kms/alias:Alias": alias,
    "aws:secretsmanager/secret:Secret": secret,
    "aws:secretsmanager/secretPolicy:SecretPolicy": secretPolicy,
    "aws:secretsmanager/secretVersion:SecretVersion": secretVersion,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": rolePolicy,
};
