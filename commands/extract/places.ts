import { createAnsible } from "./ansible.ts";
import { createAutomatic } from "./automatic.ts";
import { connect } from "./connect.ts";
import { environment } from "./environmentFile.ts";
import { helm } from "./helmValues.ts";
import { createKubernetes } from "./kubernetesObjects.ts";
import { prometheus } from "./senderFile.ts";
import { pulumi } from "./pulumiState.ts";
import type { Source } from "./place.ts";
import { terraform } from "./terraformState.ts";
import { askVaultPassword } from "./vaultPassword.ts";

/** Every kind of place where `npm run extract` looks, in the order of its help. */
export const SOURCES: readonly Source[] = [
    prometheus,
    environment,
    createKubernetes(connect),
    createAnsible(askVaultPassword),
    terraform,
    pulumi,
    helm,
];

/** What is used where none of them is named. */
export const AUTOMATIC = createAutomatic(SOURCES);
