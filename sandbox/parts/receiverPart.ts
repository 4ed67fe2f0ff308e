import type { Part } from "./process.ts";

/** Where a receiver is run. */
export interface ReceiverPlace {
    readonly name: string;
    /** The directory of its pod; its Secret is shown in `auth` there. */
    readonly pod: string;
    /** The port to listen on: senders must know it before the receiver can run. */
    readonly port: number;
    /** What it passes pushes on to: the URL of the store. */
    readonly store: string;
    readonly logs: string;
}

/** A kind of receiver, as the sandbox runs it. */
export interface ReceiverPart {
    /** A row of `kinds/receivers.ts`. */
    readonly kind: string;
    /** The path of its counters; none where it has none. */
    readonly metrics?: string;
    /** The keys of its kind, in the configuration of a stack. */
    settings(place: Pick<ReceiverPlace, "store">): Readonly<Record<string, string>>;
    /** Starts it on loopback; resolves when it answers. */
    start(place: ReceiverPlace): Promise<Part>;
}
