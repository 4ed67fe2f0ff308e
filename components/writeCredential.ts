import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Generation } from "../lib/generation.ts";

const DEFAULT_LENGTH = 48; // 285 bits; more than any hash of it holds
const MIN_LENGTH = 32;
const MAX_LENGTH = 72; // bcrypt reads no further

/** Inputs of a {@link WriteCredential}. */
export interface WriteCredentialArgs {
    /** Label of the generation senders should use, such as `"2026-11-21"`: the rotation keeper. */
    readonly current: string;
    /** Labels receivers must accept, `current` among them. Each is one password, made once. */
    readonly accepted: readonly string[];
    /** Letters and digits in each password. Defaults to 48; 32 to 72, as bcrypt reads no more than 72. */
    readonly length?: number;
}

/**
 * The credential Prometheus writes with, in every generation that receivers still accept.
 *
 * A generation is a resource of its own, named by its label, rather than one password that is replaced: while
 * receivers accept two, the former value must stay readable, and going back must not make a new one.
 */
export class WriteCredential extends pulumi.ComponentResource {
    /** The label of the current generation. */
    readonly current: string;
    /** The current value. Always a secret. */
    readonly value: pulumi.Output<string>;
    /** Every accepted generation with its value, in the order of the labels given. Always a secret. */
    readonly accepted: pulumi.Output<Generation[]>;
    /** A hash of each accepted value, by label: tells values apart without telling them. Always a secret. */
    readonly hashes: pulumi.Output<Record<string, string>>;

    constructor(name: string, args: WriteCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:WriteCredential", name, {}, opts); // {}: arguments would land in state
        const { current, accepted, length = DEFAULT_LENGTH } = args;
        if (length < MIN_LENGTH || length > MAX_LENGTH) {
            const range = `between ${MIN_LENGTH} and ${MAX_LENGTH}`;
            throw new pulumi.ResourceError(`length must be ${range}, got ${length}`, this, true);
        }
        const passwords = new Map(
            [...new Set(accepted)].map((label) => [label, this.#password(name, label, length)]),
        );
        const password = passwords.get(current);
        if (!password) {
            const labels = accepted.join(", ");
            throw new pulumi.ResourceError(
                `accepted must list ${current}, got ${labels}`,
                this,
                true,
            );
        }
        this.current = current;
        this.value = pulumi.secret(password.result);
        this.accepted = pulumi.secret(
            pulumi.all(
                [...passwords].map(([label, { result }]) =>
                    result.apply((value) => ({ label, value })),
                ),
            ),
        );
        this.hashes = pulumi.secret(
            pulumi.all(
                Object.fromEntries([...passwords].map(([label, p]) => [label, p.bcryptHash])),
            ),
        );
        this.registerOutputs({});
    }

    #password(name: string, label: string, length: number): random.RandomPassword {
        return new random.RandomPassword(
            `${name}-${label}`,
            { length, special: false, keepers: { rotation: label } },
            // A new length is for the next generation: the values in use must not change under their labels.
            { parent: this, ignoreChanges: ["length"] },
        );
    }
}
