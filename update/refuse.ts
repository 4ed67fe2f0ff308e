import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../text/messageOf.ts";

/** Every key of ours begins with this in `Pulumi.<stack>.yaml`: the project's name. */
export function namespace(): string {
    return `${pulumi.getProject()}:`;
}

/** Ends the program with one line that begins with the configuration key at fault. */
export function refuse(message: string): never {
    throw new pulumi.RunError(namespace() + message); // shown as its message alone, without a stack
}

/** Does what may throw; what is thrown is shown as {@link refuse} does. */
export function refusing<T>(action: () => T): T {
    try {
        return action();
    } catch (error) {
        refuse(messageOf(error));
    }
}
