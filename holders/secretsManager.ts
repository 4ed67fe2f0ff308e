import * as z from "zod";
import { type Generation, isLabel } from "../rotation/generation.ts";
import type { Holder, Present } from "./holder.ts";

/** What it is called among senders: no sender of a user's has a name with blanks. */
export const SECRETS_MANAGER = "AWS Secrets Manager";

/** Where a secret of Secrets Manager is. */
export interface StorePlace {
    readonly region: string;
    /** Its name. */
    readonly name: string;
}

const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

const outputsSchema = z.object({ secretId: z.unknown(), secretString: z.unknown() });

/** A secret's ARN ends in six characters that Secrets Manager draws. */
const ARN = /^arn:[\w-]+:secretsmanager:([\w-]+):\d*:secret:(.+)-[A-Za-z0-9]{6}$/;

/**
 * A secret of AWS Secrets Manager, `{"label":"...","value":"..."}`. Who reads it pushes with it, so
 * to the plan it is a sender.
 *
 * It says no revision. The record is written after it, so a label that is the record's was stored
 * for the record's plan; any other was not, or not recorded, and the rotation counts as unfinished.
 */
export const secretsManager: Holder<StorePlace> = {
    identity: ({ region, name }) => `secret ${name} of Secrets Manager in ${region}`,
    placeOf: ({ type, outputs }) => {
        const { secretId } = outputsSchema.safeParse(outputs).data ?? {};
        const [, region, name] = ARN.exec(typeof secretId === "string" ? secretId : "") ?? [];
        return type === VERSION && region !== undefined && name !== undefined
            ? { region, name }
            : undefined;
    },
    recorded: ({ type, outputs }, record) => {
        const { secretString } = outputsSchema.safeParse(outputs).data ?? {};
        const label = type === VERSION ? labelIn(secretString) : undefined;
        if (label === undefined) return undefined;
        const revision = record?.generation === label ? record.revision : 0;
        return { current: label, accepted: [label], revision };
    },
    present: findStored,
};

/** What is stored for a generation. Secret. */
export function renderStored({
    label,
    value,
    username,
}: Pick<Generation, "label" | "value" | "username">): string {
    return JSON.stringify({ label, value, username }); // which is left out where there is none
}

const storedSchema = z.object({ label: z.string() });

/** What {@link renderStored} wrote, less the value, which goes no further. */
function labelIn(stored: unknown): string | undefined {
    if (typeof stored !== "string") return undefined;
    try {
        const { label } = storedSchema.parse(JSON.parse(stored));
        return isLabel(label) ? label : undefined;
    } catch {
        return undefined; // not shown: it quotes the secret
    }
}

/** Whether there is such a secret, also one that is about to be deleted; its value is not read. */
async function findStored({ region, name }: StorePlace): Promise<Present | undefined> {
    // Loaded for a secret that is about to be made, where one is configured.
    const { DescribeSecretCommand, ResourceNotFoundException, SecretsManagerClient } =
        await import("@aws-sdk/client-secrets-manager");
    const client = new SecretsManagerClient({ region });
    try {
        await client.send(new DescribeSecretCommand({ SecretId: name }));
        return { files: {} };
    } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        const reason = error instanceof Error ? error.name : "";
        throw new Error(
            `(${reason}): the update needs credentials of AWS that can describe, create and write ` +
                "secrets there",
            { cause: error },
        );
    } finally {
        client.destroy();
    }
}
