import { PolicyPack } from "@pulumi/policy";
import { credentialAge } from "./credentialAge.ts";
import { credentialsInSecretsAlone } from "./credentialsInSecretsAlone.ts";
import { encryptedTransport } from "./encryptedTransport.ts";
import { passwords } from "./passwords.ts";
import { privateMirror } from "./privateMirror.ts";
import { recipients } from "./recipients.ts";

new PolicyPack("prometheus-write-secret", {
    displayName: "Write credentials",
    description: "What a stack of this program must be like, whoever wrote its configuration",
    policies: [
        credentialsInSecretsAlone,
        privateMirror,
        passwords,
        credentialAge,
        recipients,
        encryptedTransport,
    ],
});
