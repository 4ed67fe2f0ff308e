import * as kms from "@aws-sdk/client-kms";
import * as s3 from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { bucketSteps } from "./bucketSteps.ts";
import { absent, type Bucket, type Clients, type Step } from "./step.ts";

/** What was found or made. */
export interface Backend {
    /** One a thing, such as `there     bucket state, versioned`. */
    readonly lines: readonly string[];
    /** Whether everything is there now. */
    readonly complete: boolean;
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
    const owner = await accountOf(where.region);
    const steps = [...keySteps(where, clients), ...bucketSteps(where, clients, owner)];
    for (const { what, holds, make } of steps) {
        try {
            const there = await holds();
            if (!there && create) await make();
            complete &&= there || create;
            lines.push(`${(there ? "there" : create ? "made" : "missing").padEnd(8)} ${what}`);
        } catch (error) {
            throw new Error(`${what}: ${reasonOf(error)}`, { cause: error });
        }
    }
    return { lines, complete };
}

/** The account of whoever runs this, which needs no permission. */
async function accountOf(region: string): Promise<string> {
    const client = new STSClient({ region });
    try {
        return (await client.send(new GetCallerIdentityCommand({}))).Account ?? "";
    } catch (error) {
        throw new Error(`account: ${reasonOf(error)}`, { cause: error });
    } finally {
        client.destroy();
    }
}

function reasonOf(error: unknown): string {
    return error instanceof Error ? error.message || error.name : String(error);
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
