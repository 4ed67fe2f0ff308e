import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import { absent, type Bucket, type Clients, type Step } from "./step.ts";

const KEPT_DAYS = 90; // how long old versions of the state are kept
const NO_BUCKET = "NoSuchBucket";

/**
 * As commands name a bucket. AWS refuses them with 403 where it is another account's: bucket names
 * are global, and one that was given up is anybody's.
 */
type Named = Readonly<Record<"Bucket" | "ExpectedBucketOwner", string>>;

/** What the bucket must be, for whom it belongs to: the id of an account. */
export function bucketSteps(
    { bucket, region }: Bucket,
    { keys, objects }: Clients,
    owner: string,
): readonly Step[] {
    const Bucket = { Bucket: bucket, ExpectedBucketOwner: owner };
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
        holds: async () => {
            const asked = objects.send(new s3.HeadBucketCommand(Bucket));
            return (await absent(asked.catch(nameStranger), "NotFound")) !== undefined;
        },
        make: () =>
            objects.send(
                new s3.CreateBucketCommand({
                    Bucket: Bucket.Bucket,
                    ...(region !== "us-east-1" && {
                        CreateBucketConfiguration: {
                            LocationConstraint: region as s3.BucketLocationConstraint,
                        },
                    }),
                }),
            ),
    };
}

/** S3 answers a HEAD without a body, so without a reason. */
function nameStranger(error: unknown): never {
    const { $metadata } = error as Partial<s3.S3ServiceException>;
    if ($metadata?.httpStatusCode !== 403) throw error;
    throw new Error("it is another account's, or cannot be looked at: give another --bucket", {
        cause: error,
    });
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
