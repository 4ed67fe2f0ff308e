import { messageOf } from "../text/messageOf.ts";

/** Does what may throw; what is thrown says first what it is about. */
export function attempt<T>(subject: string, action: () => T): T {
    try {
        return action();
    } catch (error) {
        const reason = messageOf(error);
        throw new Error(`${subject}: ${reason}`, { cause: error });
    }
}
