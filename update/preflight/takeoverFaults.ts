import { isLetInBy } from "../../kinds/hash.ts";
import type { Entry, Files, ReceiverKind } from "../../kinds/receiverKind.ts";
import { type Generation, valueAt } from "../../rotation/generation.ts";
import type { ReceiverSettings } from "../../settings/settings.ts";
import { messageOf } from "../../text/messageOf.ts";

/**
 * What comes of overwriting what is there already; nothing, when nobody notices. Without a secret.
 */
export interface Takeover {
    /** Why it must not be. */
    readonly fault?: string | undefined;
    /** What the adopted credential opens now and will not open any more. */
    readonly ending?: readonly string[];
}

/**
 * What would be lost of what a sender reads: nothing, when its value is the adopted credential, or
 * it has none.
 */
export function senderTakeover(value: string | undefined, adopted: string | undefined): Takeover {
    if (value === undefined || value === adopted) return {};
    return { fault: "its credential would be overwritten, and is not the adopted one" };
}

/** What a receiver is about to be given in place of what it has. */
export interface ReceiverTakeoverOptions {
    readonly kind: Pick<ReceiverKind, "parse" | "render" | "narrowing">;
    readonly receiver: ReceiverSettings;
    /** The adopted credential, if there is one. Secret. */
    readonly adopted: Generation | undefined;
    /** Whether others may go, as long as the adopted one is among those let in. */
    readonly withoutProof: boolean;
}

/**
 * Who would be cut off when a receiver's files are overwritten: everybody they let in with another
 * credential than the adopted one, or with that one as somebody else; and what the adopted one
 * opens no longer.
 */
export function receiverTakeover(files: Files, options: ReceiverTakeoverOptions): Takeover {
    const { kind, receiver, adopted, withoutProof } = options;
    try {
        const entries = kind.parse(files) ?? [];
        const [ours] = adopted ? (kind.parse(kind.render(receiver, [adopted])) ?? []) : [];
        const value = adopted && valueAt(adopted, receiver.name);
        const known = entries.filter((entry) => value !== undefined && isLetInBy(entry, value));
        const stranger = known.find((entry) => ours && !isSameLogin(entry, ours));
        if (ours && stranger) return { fault: whyStranger(stranger, ours) };
        const others = entries.length - known.length;
        if (others > 0 && !(withoutProof && known.length > 0)) {
            const remedy =
                known.length > 0 ? " (once nobody uses them, set retireWithoutProof)" : "";
            return {
                fault: `it accepts ${others} other credential${others === 1 ? "" : "s"}, which would be refused from then on${remedy}`,
            };
        }
        const ending = known.flatMap((entry) => kind.narrowing?.(receiver, entry) ?? []);
        return { ending: [...new Set(ending)] };
    } catch (error) {
        return { fault: messageOf(error) };
    }
}

function isSameLogin(one: Entry, other: Entry): boolean {
    return one.form === other.form && one.username === other.username;
}

function whyStranger(theirs: Entry, ours: Entry): string {
    const remedy =
        theirs.form === "bearer"
            ? "leave username out"
            : theirs.username === undefined
              ? "give whoever uses it another credential"
              : `set username to ${theirs.username}`;
    return (
        `it accepts the adopted credential as ${describe(theirs)}, and would only accept it as ` +
        `${describe(ours)} from then on: ${remedy}`
    );
}

function describe({ form, username }: Entry): string {
    if (form === "bearer") return "a bearer token";
    if (form === "basic") return `the password of ${username ?? "nobody"}`;
    return "something else than a password or bearer token";
}
