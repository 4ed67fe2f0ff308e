import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AwsSettings } from "../settings/awsSchema.ts";
import type { Gate } from "../update/gate.ts";
import { CiRole } from "./ciRole.ts";
import { SecretsManager } from "./secretsManager.ts";
import { whole } from "./whole.ts";
import type { WriteCredential } from "./writeCredential.ts";

/** What comes before the store: it gets what senders get. */
interface Before {
    readonly credential: WriteCredential;
    readonly gate: Gate;
    readonly before: readonly pulumi.Resource[];
}

/** Makes what is configured on AWS; what holds the credential there is a sender like any other. */
export function makeAws(
    { region, secret, ciRole, kmsRecipient }: AwsSettings,
    { credential, gate, before }: Before,
): readonly SecretsManager[] {
    const provider = new aws.Provider("aws", { region });
    const generation = credential.current;
    const store =
        secret &&
        new SecretsManager(
            "store",
            { settings: secret, region, generation, gate },
            { providers: [provider], dependsOn: whole(before) },
        );
    if (ciRole) {
        const { secretArn, keyArn } = store ?? {};
        new CiRole("ci", { ...ciRole, secretArn, keyArn, kmsRecipient }, { providers: [provider] });
    }
    return store ? [store] : [];
}
