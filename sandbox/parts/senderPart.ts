import type { Login } from "../../settings/schema.ts";
import type { Tool } from "../toolchain/toolchain.ts";
import type { Part } from "./process.ts";

/** Where a sender is run. */
export interface SenderPlace {
    readonly name: string;
    /**
     * The directory of its pod. Its Secret is shown in `write-credential` there, and its ConfigMap
     * in `configuration`, where its kind has one.
     */
    readonly pod: string;
    /** What it scrapes, as host and port. */
    readonly target: string;
    /** Where it pushes. */
    readonly url: string;
    /** What its receiver asks for. */
    readonly login: Login;
    readonly logs: string;
}

/** A running sender. */
export interface Sender extends Part {
    /** Where its `/metrics` is, without a slash at the end. */
    readonly url: string;
}

/** A kind of sender, as the sandbox runs it. */
export interface SenderPart {
    /** A row of `kinds/senders.ts`. */
    readonly kind: string;
    /** The program that is run. */
    readonly tool: Tool;
    /** Whether the stack writes its configuration. */
    readonly isConfigured: boolean;
    /** The keys of its kind, in the configuration of a stack. */
    settings(place: Pick<SenderPlace, "login">): Readonly<Record<string, unknown>>;
    /** Starts it on loopback; resolves when it answers. */
    start(place: SenderPlace): Promise<Sender>;
}
