import { RECEIVERS } from "../../kinds/receivers.ts";
import { kindOfSender, SENDERS } from "../../kinds/senders.ts";
import type { Login } from "../../settings/schema.ts";
import { messageOf } from "../../text/messageOf.ts";
import { kindOfRunning, RUNNING_RECEIVERS, type RunningKind } from "../parts/receiverParts.ts";
import { kindOf, RUNNING_SENDERS, type RunningSender } from "../parts/senderParts.ts";

const FORMS = ["token", "password"] as const;

/** What a sender shows a receiver. */
type Form = (typeof FORMS)[number];

/** A sender and a receiver, and what the one shows the other. */
export interface Pair {
    readonly sender: RunningSender;
    readonly receiver: RunningKind;
    readonly form: Form;
    readonly login: Login;
}

/** A sender and a receiver that are not rotated here, and why. */
export interface Misfit {
    /** A kind, as `form` and `receiver` are, or `every`. */
    readonly sender: string;
    readonly receiver: string;
    readonly form: string;
    readonly reason: string;
}

export const EVERY = { sender: "every", receiver: "every", form: "every" };

/** How a sender may show a receiver who it is. */
export function pairsOf(sender: RunningSender, receiver: RunningKind): readonly Pair[] {
    return FORMS.flatMap((form) => {
        const login = loginOf(receiver, form);
        const fits = login && refusalOf(sender, login) === undefined;
        return fits ? [{ sender, receiver, form, login }] : [];
    });
}

/** What is left out of all that could meet, and why, as its kind says it. */
export function findMisfits(): readonly Misfit[] {
    const shown = FORMS.flatMap((form) =>
        RUNNING_RECEIVERS.flatMap((receiver): readonly Misfit[] => {
            const login = loginOf(receiver, form);
            if (!login) {
                const reason = "it takes a username and a password alone";
                return [{ ...EVERY, receiver, form, reason }];
            }
            return RUNNING_SENDERS.flatMap((sender) => {
                const reason = refusalOf(sender, login);
                return reason === undefined ? [] : [{ sender, receiver, form, reason }];
            });
        }),
    );
    const senders = others(SENDERS, RUNNING_SENDERS).map((sender) => ({
        ...{ ...EVERY, sender },
        reason: `not run here; tested with ${kindOfSender({ kind: sender }).facts.tested}`,
    }));
    const receivers = others(RECEIVERS, RUNNING_RECEIVERS).map((receiver) => ({
        ...{ ...EVERY, receiver },
        reason: "not run here",
    }));
    return [...shown, ...senders, ...receivers];
}

/**
 * Whether samples may be lost by design: every sender that is run reads a username a generation and
 * its password from two files, one after the other.
 */
export function mayLose({ login }: Pair): boolean {
    return login.usernames === "generation";
}

/** What a receiver asks for; undefined where it takes nothing of this form. */
function loginOf(receiver: RunningKind, form: Form): Login | undefined {
    const { usernames } = kindOfRunning(receiver);
    if (usernames === "generation") return form === "password" ? { usernames } : undefined;
    return form === "token" ? {} : { username: "edge" };
}

/** Why a kind of sender refuses what its receivers ask for; undefined where it does not. */
function refusalOf(sender: RunningSender, login: Login): string | undefined {
    const kind = kindOf(sender);
    const read = (_key: string, path: string) => ({ path, text: "" });
    try {
        kind.complete(kind.settings.parse(kind.example(login)), {
            ...{ name: sender, key: sender, login, read },
        });
        return undefined;
    } catch (error) {
        return messageOf(error);
    }
}

function others(kinds: Readonly<Record<string, unknown>>, running: readonly string[]): string[] {
    return Object.keys(kinds).filter((kind) => !running.includes(kind));
}
