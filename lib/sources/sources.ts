import { createAnsible } from "./ansible.ts";
import { connect } from "./cluster.ts";
import { environment } from "./environment.ts";
import { helm } from "./helm.ts";
import { createKubernetes } from "./kubernetes.ts";
import { prometheus } from "./prometheus.ts";
import { pulumi } from "./pulumi.ts";
import type { Source } from "./source.ts";
import { terraform } from "./terraform.ts";
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
