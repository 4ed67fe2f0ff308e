import type * as pulumi from "@pulumi/pulumi";
import type * as z from "zod";

/** Whose tokens a vendor mints. */
export interface MintingPlace {
    readonly project: string;
    readonly stack: string;
    /** Name of the receiver they are for. */
    readonly receiver: string;
}

/** A value that was minted, and what is recorded of it. */
export interface Minted {
    /** Secret. */
    readonly value: pulumi.Output<string>;
    readonly made: pulumi.Resource;
}

/** A vendor that is ready to be asked for values at one receiver, one a generation. */
export interface Mint {
    /** Mints a value, and one alone under a label: what is recorded of it is what it comes from. */
    issue(
        label: string,
        options: { readonly name: string; readonly parent: pulumi.Resource },
    ): Minted;
    /** Why none can be minted under a label that has none, in words that fit after a colon. */
    faultOf(label: string): Promise<string | undefined>;
    /**
     * Ends a value for good, by what is recorded of it. One that is not there has ended.
     *
     * @throws {Error} one line without a value, when it may go on.
     */
    revoke(recorded: unknown): Promise<void>;
}

/**
 * Who runs a receiver and mints what it accepts, so that nobody makes it by hand.
 *
 * A vendor is a file in `issuers/` and a row of `kinds/vendors.ts`. Its package is loaded once a
 * receiver names it.
 */
export interface Vendor {
    /** What it must be told, as `mint.<vendor>` of a receiver. */
    readonly settings: z.ZodObject;
    readonly example: object;
    /** Type of the resource of a value in the recorded state. */
    readonly type: string;
    /** The value in what is recorded of that resource; undefined where nothing says. Secret. */
    valueIn(recorded: unknown): string | undefined;
    /** Keys of the configuration, other than ours, that must be secrets. */
    readonly secrets: readonly string[];
    open(settings: object, place: MintingPlace): Promise<Mint>;
}
