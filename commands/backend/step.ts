import type { KMSClient } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";

/** Where the state is kept. */
export interface Bucket {
    readonly bucket: string;
    readonly region: string;
}

/** One setting: whether it is as it should be, and how to make it so. */
export interface Step {
    readonly what: string;
    readonly holds: () => Promise<boolean>;
    readonly make: () => Promise<unknown>;
}

/** Whom AWS is asked by. */
export interface Clients {
    readonly keys: KMSClient;
    readonly objects: S3Client;
}

/** What AWS answers, or undefined where it says by one of these errors that there is nothing. */
export async function absent<T>(
    answer: Promise<T>,
    ...names: readonly string[]
): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof Error && names.includes(error.name)) return undefined;
        throw error;
    }
}
