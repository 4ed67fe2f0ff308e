import type { KMSClient } from "@aws-sdk/client-kms";

/** A key of AWS KMS that keeps a way to a data key: who may decrypt with it is a matter of IAM. */
export interface KmsWrapper {
    /** The key there. */
    readonly arn: string;
    /** Encrypts the data key, 32 bytes: the ciphertext, in base64. */
    readonly wrap: (dataKey: Uint8Array) => Promise<string>;
}

/**
 * The wrapper of a KMS key, as SOPS uses it: plain `Encrypt`, without context. Address and
 * credentials are those of the environment, as every tool of AWS finds them. Throws a one-line
 * error that names the key when KMS refuses.
 */
export function kmsWrapper(arn: string): KmsWrapper {
    return {
        arn,
        wrap: (dataKey) =>
            call(arn, "encrypt with", async ({ client, sdk }) => {
                const command = new sdk.EncryptCommand({ KeyId: arn, Plaintext: dataKey });
                return Buffer.from((await client.send(command)).CiphertextBlob ?? []).toString(
                    "base64",
                );
            }),
    };
}

/** The data key from what {@link kmsWrapper} made of it. */
export function kmsUnwrap(arn: string, enc: string): Promise<Uint8Array> {
    return call(arn, "decrypt with", async ({ client, sdk }) => {
        const command = new sdk.DecryptCommand({
            KeyId: arn,
            CiphertextBlob: Buffer.from(enc, "base64"),
        });
        return (await client.send(command)).Plaintext ?? new Uint8Array();
    });
}

interface Kms {
    readonly client: KMSClient;
    readonly sdk: typeof import("@aws-sdk/client-kms");
}

async function call<T>(arn: string, verb: string, use: (kms: Kms) => Promise<T>): Promise<T> {
    const region = /^arn:aws[\w-]*:kms:([a-z0-9-]+):\d{12}:(key|alias)\/\S+$/.exec(arn)?.[1];
    if (region === undefined) throw new Error(`must be the ARN of a key of AWS KMS, got "${arn}"`);
    const sdk = await import("@aws-sdk/client-kms"); // only where a key of KMS is used
    const client = new sdk.KMSClient({ region });
    try {
        return await use({ client, sdk });
    } catch (error) {
        const reason = error instanceof Error ? error.name : "unknown error";
        throw new Error(
            `cannot ${verb} ${arn}: ${reason}; check the key, and that your identity may use it`,
            { cause: error },
        );
    } finally {
        client.destroy();
    }
}
