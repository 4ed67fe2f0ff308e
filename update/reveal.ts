import type * as pulumi from "@pulumi/pulumi";

/** The value of an output that is known, as a promise; for hooks, which run when it is. */
export function reveal<T>(value: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => {
        value.apply((known) => {
            resolve(known);
        });
    });
}
