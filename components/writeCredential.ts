import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Generation } from "../rotation/generation.ts";
import { fingerprint } from "../seal/seal.ts";

const DEFAULT_LENGTH = 48; // 285 bits; more than any hash of it holds
const MIN_LENGTH = 32;
const MAX_LENGTH = 72; // bcrypt reads no further

/** Inputs of a {@link WriteCredential}. */
export interface WriteCredentialArgs {
    /** Label of the generation senders should use, such as `"2026-11-21"`: the rotation keeper. */
    readonly current: string;
    /** Labels receivers must accept, `current` among them. Each is one password, made once. */
    readonly accepted: readonly string[];
    /** Labels of generations no longer accepted whose value is kept. Defaults to none. */
    readonly retired?: readonly string[];
    /** Every label ever used before. Defaults to none. */
    readonly labels?: readonly string[];
    /**
     * The credential that was there before, which is a generation like any other. Defaults to none.
     */
    readonly adopted?: { readonly label: string; readonly value: pulumi.Input<string> } | undefined;
    /**
     * Letters and digits in each password. Defaults to 48; 32 to 72, as bcrypt reads no more than
     * 72.
     */
    readonly length?: number;
}

/**
 * A generation with its value, and a hash that tells it from others under its label without telling
 * it.
 */
interface Value {
    readonly value: pulumi.Output<string>;
    readonly hash: pulumi.Output<string>;
    /** What it comes from, once it is recorded. */
    readonly password: random.RandomPassword;
}

/**
 * The credential Prometheus writes with, in every generation that receivers still accept.
 *
 * A generation is a resource of its own, named by its label, rather than one password that is
 * replaced: while receivers accept two, the former value must stay readable, and going back must
 * not make a new one.
 */
export class WriteCredential extends pulumi.ComponentResource {
    /** The label of the current generation. */
    readonly current: string;
    /** The current value. Always a secret. */
    readonly value: pulumi.Output<string>;
    /**
     * Every accepted generation with its value, in the order of the labels given. Always a secret.
     */
    readonly accepted: pulumi.Output<Generation[]>;
    /** The retired generations that are kept, likewise. */
    readonly retired: pulumi.Output<Generation[]>;
    /**
     * A hash of each accepted value, by label: tells values apart without telling them. Always a
     * secret.
     */
    readonly hashes: pulumi.Output<Record<string, string>>;

    constructor(name: string, args: WriteCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
        // {}: arguments would land in state
        super("prometheus-write-secret:index:WriteCredential", name, {}, opts);
        const { current, accepted, retired = [], labels = [], length = DEFAULT_LENGTH } = args;
        if (length < MIN_LENGTH || length > MAX_LENGTH) {
            const range = `between ${MIN_LENGTH} and ${MAX_LENGTH}`;
            throw new pulumi.ResourceError(`length must be ${range}, got ${length}`, this, true);
        }
        const make = (label: string) =>
            [label, this.#make(name, label, length, args.adopted)] as const;
        const values = new Map([...new Set([...accepted, ...retired])].map(make));
        const value = accepted.includes(current) ? values.get(current) : undefined;
        if (!value) {
            const list = accepted.join(", ");
            throw new pulumi.ResourceError(
                `accepted must list ${current}, got ${list}`,
                this,
                true,
            );
        }
        // So that a label is not used a second time for another value. In the order of first use.
        new pulumi.Stash(
            `${name}-labels`,
            { input: [...new Set([...labels, ...[...accepted].reverse()])] },
            // After the passwords: an engine that is killed between the two must not have used a
            // label up.
            { parent: this, dependsOn: [...values.values()].map(({ password }) => password) },
        );
        this.current = current;
        this.value = pulumi.secret(value.value);
        this.accepted = pulumi.secret(collect(accepted, values));
        this.retired = pulumi.secret(collect(retired, values));
        this.hashes = pulumi.secret(
            pulumi.all(
                Object.fromEntries(accepted.map((label) => [label, values.get(label)?.hash ?? ""])),
            ),
        );
        this.registerOutputs({});
    }

    #make(
        name: string,
        label: string,
        length: number,
        adopted: WriteCredentialArgs["adopted"],
    ): Value {
        if (adopted?.label === label) return this.#adopt(name, adopted);
        const password = this.#password(`${name}-${label}`, { rotation: label }, length);
        return { value: password.result, hash: password.bcryptHash, password };
    }

    /**
     * A credential made by people may be guessed from a plain hash, so a random value goes into the
     * hash too.
     */
    #adopt(name: string, { label, value }: NonNullable<WriteCredentialArgs["adopted"]>): Value {
        const salt = this.#password(`${name}-${label}-salt`, { adopted: label }, DEFAULT_LENGTH);
        const secret = pulumi.secret(value);
        const hash = pulumi.all([salt.result, secret]).apply(fingerprint);
        return { value: secret, hash, password: salt };
    }

    #password(
        name: string,
        keepers: Record<string, string>,
        length: number,
    ): random.RandomPassword {
        return new random.RandomPassword(
            name,
            { length, special: false, keepers },
            // A new length is for the next generation: the values in use must not change under
            // their labels.
            { parent: this, ignoreChanges: ["length"] },
        );
    }
}

function collect(
    labels: readonly string[],
    values: ReadonlyMap<string, Value>,
): pulumi.Output<Generation[]> {
    return pulumi.all(
        labels.flatMap((label) => {
            const value = values.get(label)?.value;
            return value ? [value.apply((text) => ({ label, value: text }))] : [];
        }),
    );
}
