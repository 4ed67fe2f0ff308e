import { kindOfReceiver } from "../../kinds/receivers.ts";
import type { Login } from "../../settings/schema.ts";
import type { RunningKind } from "../parts/receiverParts.ts";
import type { RunningSender } from "../parts/senderParts.ts";

/** A sender and a receiver, and what the one shows the other. */
export interface Pair {
    readonly sender: RunningSender;
    readonly receiver: RunningKind;
    readonly form: "token" | "password";
    readonly login: Login;
}

/** How a sender may show a receiver who it is. */
export function pairsOf(sender: RunningSender, receiver: RunningKind): readonly Pair[] {
    const { usernames } = kindOfReceiver({ kind: receiver });
    if (usernames === "generation") {
        return [{ sender, receiver, form: "password", login: { usernames } }];
    }
    return [
        { sender, receiver, form: "token", login: {} },
        { sender, receiver, form: "password", login: { username: "edge" } },
    ];
}

/**
 * Whether samples may be lost by design: every sender that is run reads a username a generation and
 * its password from two files, one after the other.
 */
export function mayLose({ login }: Pair): boolean {
    return login.usernames === "generation";
}
