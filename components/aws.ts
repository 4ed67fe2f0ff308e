import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AwsSettings } from "../holders/awsPolicies.ts";
import { CiRole } from "./ciRole.ts";
import type { Gate } from "../update/gate.ts";
import type { WriteCredential } from "./writeCredential.ts";
import { SecretsManager } from "../holders/secretsManager.ts";

/** What comes before the store: it gets what senders get. */
interface Before {
    readonly credential: WriteCredential;
    readonly gate: Gate;
    readonly receivers: readonly pulumi.Resource[];
}

/** Makes what is configured on AWS. */
export function makeAws(
    { region, secret, ciRole, kmsRecipient }: AwsSettings,
    { credential, gate, receivers }: Before,
): void {
    const provider = new aws.Provider("aws", { region });
    const { current: label, value } = credential;
    const store =
        secret &&
        new SecretsManager(
            "store",
            { settings: secret, region, current: { label, value }, gate },
            { providers: [provider], dependsOn: [...receivers] },
        );
    if (!ciRole) return;
    const { secretArn, keyArn } = store ?? {};
    new CiRole("ci", { ...ciRole, secretArn, keyArn, kmsRecipient }, { providers: [provider] });
}
