import * as pulumi from "@pulumi/pulumi";
import { LENGTH } from "../../rotation/generation.ts";
import { adoptionOf } from "../../rotation/recordedUse.ts";
import { bcryptOf } from "../hash.ts";
import type { Issuer } from "../issuer.ts";
import { drawPassword } from "./generated.ts";

/**
 * Takes the value from the configuration: one that was made by hand, before this program.
 *
 * It may be guessed from a plain hash, so a random value goes into the hash too.
 */
export function adopted(value: pulumi.Input<string>): Issuer {
    return {
        issue: (label, { name, username, hidden, parent }) => {
            const keepers = { adopted: label };
            const args = { keepers, length: LENGTH.default, parent };
            const salt = drawPassword(`${name}-${label}-salt`, args);
            const secret = pulumi.secret(value);
            const both = pulumi.all([salt.result, secret]);
            const adoption = both.apply(([drawn, text]) => ({
                ...adoptionOf(drawn, text),
                ...(username && { username }),
                ...(hidden && { value: text }),
            }));
            const hash = adoption.apply((one) => one.fingerprint);
            const generation = both.apply(([drawn, text]) => ({
                label,
                value: text,
                ...(username && { username, bcrypt: bcryptOf(text, drawn) }),
            }));
            return { generation, hash, made: salt, adoption };
        },
    };
}
