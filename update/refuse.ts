import * as pulumi from "@pulumi/pulumi";

/** Every key of ours begins with this in `Pulumi.<stack>.yaml`; it is the project's name. */
export const NAMESPACE = "prometheus-write-secret:";

/** Ends the program with one line that begins with the configuration key at fault. */
export function refuse(message: string): never {
    throw new pulumi.RunError(NAMESPACE + message); // shown as its message alone, without a stack
}

/** Does what may throw; what is thrown is shown as {@link refuse} does. */
export function refusing<T>(action: () => T): T {
    try {
        return action();
    } catch (error) {
        refuse(error instanceof Error ? error.message : String(error));
    }
}
