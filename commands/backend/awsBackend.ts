import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";

/** Where the state is kept. */
export interface Bucket {
    readonly bucket: string;
    readonly region: string;
}

/** What was found or made. */
export interface Backend {
    /** One a thing, such as `there     bucket state, versioned`. */
    readonly lines: readonly string[];
    /** Whether everything is there now. */
    readonly complete: boolean;
}

const KEPT_DAYS = 90; // how long old versions of the state are kept

/** One setting: whether it is as it should be, and how to make it so. */
interface Step {
    readonly what: string;
    readonly holds: () => Promise<boolean>;
    readonly make: () => Promise<unknown>;
}

/**
 * Finds what keeps the state and, with `create`, makes what is missing. Nothing that is as it
 * should be is touched. Throws a one-line error when AWS refuses.
 */
export async function ensureBackend(where: Bucket, create: boolean): Promise<Backend> {
    const clients = {
        keys: new kms.KMSClient({ region: where.region }),
        objects: new s3.S3Client({ region: where.region, forcePathStyle: true }),
    };
    const lines: string[] = [];
    let complete = true;
    const steps = [...keySteps(where, clients), ...bucketSteps(where, clients)];
    for (const { what, holds, make } of steps) {
        try {
            const there = await holds();
            if (!there && create) await make();
            complete &&= there || create;
            lines.push(`${(there ? "there" : create ? "made" : "missing").padEnd(8)} ${what}`);
        } catch (error) {
            const reason = error instanceof Error ? error.message || error.name : String(error);
            throw new Error(`${what}: ${reason}`, { cause: error });
        }
    }
    return { lines, complete };
}

interface Clients {
    readonly keys: kms.KMSClient;
    readonly objects: s3.S3Client;
}

function keySteps({ bucket }: Bucket, { keys }: Clients): readonly Step[] {
    const AliasName = `alias/${bucket}`;
    const find = () =>
        absent(keys.send(new kms.DescribeKeyCommand({ KeyId: AliasName })), "NotFoundException");
    const id = async () => (await find())?.KeyMetadata?.KeyId ?? "";
    return [
        {
            what: `key ${AliasName}`,
            holds: async () => (await find()) !== undefined,
            make: async () => {
                const Description = `Encrypts the state in ${bucket}`;
                const { KeyMetadata } = await keys.send(new kms.CreateKeyCommand({ Description }));
                const TargetKeyId = KeyMetadata?.KeyId;
                await keys.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId }));
            },
        },
        {
            what: "key rotated each year",
            holds: async () => {
                const KeyId = await id();
                if (!KeyId) return false;
                const found = await keys.send(new kms.GetKeyRotationStatusCommand({ KeyId }));
                return found.KeyRotationEnabled === true;
            },
            make: async () => keys.send(new kms.EnableKeyRotationCommand({ KeyId: await id() })),
        },
    ];
}

const NO_BUCKET = "NoSuchBucket";
type Named = Readonly<Record<"Bucket", string>>; // as commands name a bucket

function bucketSteps({ bucket, region }: Bucket, { keys, objects }: Clients): readonly Step[] {
    const Bucket = { Bucket: bucket };
    const keyArn = async () => {
        const KeyId = `alias/${bucket}`;
        return (await keys.send(new kms.DescribeKeyCommand({ KeyId }))).KeyMetadata?.Arn ?? "";
    };
    return [
        bucketStep(Bucket, objects, region),
        versioning(Bucket, objects),
        encryption(Bucket, objects, keyArn),
        publicAccess(Bucket, objects),
        ownership(Bucket, objects),
        transport(Bucket, objects),
        lifecycle(Bucket, objects),
    ];
}

function bucketStep(Bucket: Named, objects: s3.S3Client, region: string): Step {
    return {
        what: `bucket ${Bucket.Bucket}`,
        holds: async () =>
            (await absent(objects.send(new s3.HeadBucketCommand(Bucket)), "NotFound")) !==
            undefined,
        make: () =>
            objects.send(
                new s3.CreateBucketCommand({
                    ...Bucket,
                    ...(region !== "us-east-1" && {
                        CreateBucketConfiguration: {
                            LocationConstraint: region as s3.BucketLocationConstraint,
                        },
                    }),
                }),
            ),
    };
}

function versioning(Bucket: Named, objects: s3.S3Client): Step {
    return {
        what: "versioned",
        holds: async () =>
            (await absent(objects.send(new s3.GetBucketVersioningCommand(Bucket)), NO_BUCKET))
                ?.Status === "Enabled",
        make: () =>
            objects.send(
                new s3.PutBucketVersioningCommand({
                    ...Bucket,
                    VersioningConfiguration: { Status: "Enabled" },
                }),
            ),
    };
}

function encryption(Bucket: Named, objects: s3.S3Client, keyArn: () => Promise<string>): Step {
    return {
        what: "encrypted with the key",
        holds: async () => {
            const found = await absent(
                objects.send(new s3.GetBucketEncryptionCommand(Bucket)),
                NO_BUCKET,
                "ServerSideEncryptionConfigurationNotFoundError",
            );
            const [rule] = found?.ServerSideEncryptionConfiguration?.Rules ?? [];
            const used = rule?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID;
            return used !== undefined && used === (await keyArn());
        },
        make: async () =>
            objects.send(
                new s3.PutBucketEncryptionCommand({
                    ...Bucket,
                    ServerSideEncryptionConfiguration: {
                        Rules: [
                            {
                                BucketKeyEnabled: true,
                                ApplyServerSideEncryptionByDefault: {
                                    SSEAlgorithm: "aws:kms",
                                    KMSMasterKeyID: await keyArn(),
                                },
                            },
                        ],
                    },
                }),
            ),
    };
}

function publicAccess(Bucket: Named, objects: s3.S3Client): Step {
    const block = {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
    };
    return {
        what: "public access blocked",
        holds: async () => {
            const found = await absent(
                objects.send(new s3.GetPublicAccessBlockCommand(Bucket)),
                NO_BUCKET,
                "NoSuchPublicAccessBlockConfiguration",
            );
            const now = found?.PublicAccessBlockConfiguration;
            return Object.keys(block).every((key) => now?.[key as keyof typeof block]);
        },
        make: () =>
            objects.send(
                new s3.PutPublicAccessBlockCommand({
                    ...Bucket,
                    PublicAccessBlockConfiguration: block,
                }),
            ),
    };
}

function ownership(Bucket: Named, objects: s3.S3Client): Step {
    return {
        what: "owned by the account, without access lists",
        holds: async () => {
            const found = await absent(
                objects.send(new s3.GetBucketOwnershipControlsCommand(Bucket)),
                NO_BUCKET,
                "OwnershipControlsNotFoundError",
            );
            const [rule] = found?.OwnershipControls?.Rules ?? [];
            return rule?.ObjectOwnership === "BucketOwnerEnforced";
        },
        make: () =>
            objects.send(
                new s3.PutBucketOwnershipControlsCommand({
                    ...Bucket,
                    OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
                }),
            ),
    };
}

function transport(Bucket: Named, objects: s3.S3Client): Step {
    const policy = JSON.stringify(tlsOnly(Bucket.Bucket));
    return {
        what: "TLS only",
        holds: async () => {
            const found = await absent(
                objects.send(new s3.GetBucketPolicyCommand(Bucket)),
                NO_BUCKET,
                "NoSuchBucketPolicy",
            );
            if (found?.Policy === undefined || found.Policy === policy) return found !== undefined;
            throw new Error(
                `${Bucket.Bucket} has another policy: deny aws:SecureTransport false in it, or remove it`,
            );
        },
        make: () => objects.send(new s3.PutBucketPolicyCommand({ ...Bucket, Policy: policy })),
    };
}

function lifecycle(Bucket: Named, objects: s3.S3Client): Step {
    const rule = {
        ID: "old-versions",
        Status: "Enabled" as const,
        Filter: { Prefix: "" },
        NoncurrentVersionExpiration: { NoncurrentDays: KEPT_DAYS },
    };
    return {
        what: `old versions kept for ${KEPT_DAYS} days`,
        holds: async () => {
            const found = await absent(
                objects.send(new s3.GetBucketLifecycleConfigurationCommand(Bucket)),
                NO_BUCKET,
                "NoSuchLifecycleConfiguration",
            );
            const ours = found?.Rules?.find(({ ID }) => ID === rule.ID);
            return ours?.NoncurrentVersionExpiration?.NoncurrentDays === KEPT_DAYS;
        },
        make: async () => {
            const found = await absent(
                objects.send(new s3.GetBucketLifecycleConfigurationCommand(Bucket)),
                "NoSuchLifecycleConfiguration",
            );
            const others = (found?.Rules ?? []).filter(({ ID }) => ID !== rule.ID);
            const LifecycleConfiguration = { Rules: [...others, rule] }; // it is put as a whole
            const command = { ...Bucket, LifecycleConfiguration };
            await objects.send(new s3.PutBucketLifecycleConfigurationCommand(command));
        },
    };
}

function tlsOnly(bucket: string): object {
    return {
        Version: "2012-10-17",
        Statement: [
            {
                Sid: "OnlyTls",
                Effect: "Deny",
                Principal: "*",
                Action: "s3:*",
                Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ],
    };
}

/** What AWS answers, or undefined where it says by one of these errors that there is nothing. */
async function absent<T>(answer: Promise<T>, ...names: readonly string[]): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof Error && names.includes(error.name)) return undefined;
        throw error;
    }
}
