import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Issuer } from "../issuer.ts";

/** Makes the value: letters and digits from the operating system's generator. */
export const generated: Issuer = {
    issue: (label, { name, length, username, parent }) => {
        const keepers = { rotation: label };
        const password = drawPassword(`${name}-${label}`, { keepers, length, parent });
        const generation = pulumi
            .all([password.result, password.bcryptHash])
            .apply(([value, bcrypt]) => ({ label, value, bcrypt, ...(username && { username }) }));
        return { generation, hash: password.bcryptHash, made: password };
    },
};

/** A random password that is made once. */
export function drawPassword(
    name: string,
    args: {
        readonly keepers: Readonly<Record<string, string>>;
        readonly length: number;
        readonly parent: pulumi.Resource;
    },
): random.RandomPassword {
    const { keepers, length, parent } = args;
    return new random.RandomPassword(
        name,
        { length, special: false, keepers },
        // A new length is for the next generation: values in use must not change under their labels.
        { parent, ignoreChanges: ["length"] },
    );
}
