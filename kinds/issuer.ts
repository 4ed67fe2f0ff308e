import type * as pulumi from "@pulumi/pulumi";
import type { Generation } from "../rotation/generation.ts";
import type { Adoption } from "../rotation/recordedUse.ts";

/** What an issuer makes a generation with. */
export interface Issuance {
    /** The prefix of the names of what it makes, such as `write`. */
    readonly name: string;
    /** Letters and digits, where the value is made here. */
    readonly length: number;
    /** The username of this generation, where each has its own. */
    readonly username?: string | undefined;
    /** Whether a receiver does not give the value back: it holds a hash, or nothing of ours. */
    readonly hidden: boolean;
    /** What it makes belongs to. */
    readonly parent: pulumi.Resource;
}

/** A generation and what stands for it. */
export interface Issued {
    /** Secret. */
    readonly generation: pulumi.Output<Generation>;
    /** Tells its value from others under its label, without telling it. Secret. */
    readonly hash: pulumi.Output<string>;
    /** What it comes from, once that is recorded. */
    readonly made: pulumi.Resource;
    /** What is remembered of a value that was not made here. Secret. */
    readonly adoption?: pulumi.Output<Adoption>;
}

/**
 * How a generation gets its value: made here, made by hand before, or minted by a vendor.
 *
 * An issuer is a file in `issuers/`. The same label gives the same value, in every update.
 */
export interface Issuer {
    issue(label: string, issuance: Issuance): Issued;
}
