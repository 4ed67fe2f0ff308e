import type { Files, ReceiverKind } from "../../kinds/receiverKind.ts";
import type { SenderKind } from "../../kinds/senderKind.ts";
import { messageOf } from "../../text/messageOf.ts";

/**
 * Why a Secret that is there already must not be overwritten; `adopted` is the credential known
 * from configuration.
 */
export type TakeoverFault = string | undefined;

/**
 * What would be lost of what a sender reads: nothing, when its value is the adopted credential, or
 * it has none.
 */
export function senderFault(
    kind: Pick<SenderKind, "valueIn">,
    files: Files,
    adopted: string | undefined,
): TakeoverFault {
    const value = kind.valueIn(files);
    if (value === undefined || value === adopted) return undefined;
    return "its credential would be overwritten, and is not the adopted one";
}

/**
 * Who would be cut off when a receiver's files are overwritten: everybody they let in with another
 * credential than the adopted one. With `withoutProof`, the others may go as long as the adopted
 * one is among them.
 */
export function receiverFault(
    kind: Pick<ReceiverKind, "parse">,
    files: Files,
    adopted: string | undefined,
    withoutProof: boolean,
): TakeoverFault {
    try {
        const entries = kind.parse(files) ?? [];
        const others = entries.filter(({ value }) => value === undefined || value !== adopted);
        const knows = others.length < entries.length;
        if (others.length === 0 || (withoutProof && knows)) return undefined;
        const many = others.length === 1 ? "" : "s";
        const remedy = knows ? " (once nobody uses them, set retireWithoutProof)" : "";
        return `it accepts ${others.length} other credential${many}, which would be refused from then on${remedy}`;
    } catch (error) {
        return messageOf(error);
    }
}
