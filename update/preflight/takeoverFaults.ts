import { parse } from "yaml";
import type { SecretFiles } from "../../holders/kubernetesSecret.ts";

/**
 * Why a Secret that is there already must not be overwritten; `adopted` is the credential known
 * from configuration.
 */
export type TakeoverFault = string | undefined;

/**
 * What would be lost of a sender's Secret: nothing, when its `token` is the adopted credential, or
 * it has none.
 */
export function senderFault({ token }: SecretFiles, adopted: string | undefined): TakeoverFault {
    if (token === undefined || token.trim() === adopted) return undefined;
    return "its credential would be overwritten, and is not the adopted one";
}

/**
 * Who would be cut off when a receiver's Secret is overwritten: everybody its `auth.yml` lets in
 * with another credential than the adopted one. With `withoutProof`, the others may go as long as
 * the adopted one is among them.
 */
export function receiverFault(
    files: SecretFiles,
    adopted: string | undefined,
    withoutProof: boolean,
): TakeoverFault {
    const text = files["auth.yml"];
    if (text === undefined) return undefined;
    const credentials = credentialsIn(text);
    if (!credentials) return "what its auth.yml accepts cannot be read";
    const others = credentials.filter((credential) => credential !== adopted);
    const knows = others.length < credentials.length;
    if (others.length === 0 || (withoutProof && knows)) return undefined;
    const many = others.length === 1 ? "" : "s";
    const remedy = knows ? " (once nobody uses them, set retireWithoutProof)" : "";
    return `it accepts ${others.length} other credential${many}, which would be refused from then on${remedy}`;
}

/** The credentials of all users of a vmauth's `auth.yml`, or undefined when it is none. */
function credentialsIn(text: string): readonly unknown[] | undefined {
    try {
        const { users } = parse(text) as { users?: readonly Record<string, unknown>[] };
        return users?.map((user) => user["bearer_token"] ?? user["password"] ?? user["auth_token"]);
    } catch {
        return undefined;
    }
}
