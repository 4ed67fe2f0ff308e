import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { probe, waitUntilAccepted } from "../lib/probe.ts";
import type { ReceiverSettings } from "../lib/settings.ts";

/** What a {@link Gate} proves. */
export interface GateArgs {
    readonly receivers: readonly ReceiverSettings[];
    /** Label of the generation senders are about to get. */
    readonly generation: string;
    /** Its value. Secret. */
    readonly value: pulumi.Output<string>;
    /** The generation to go back to when the proof fails, if there is one. */
    readonly former: string | undefined;
    /** Seconds to wait for each receiver: a kubelet projects a changed Secret within 60 to 90 s, as a rule. */
    readonly limitSeconds: number;
}

/**
 * What stands between receivers and senders: no sender gets a generation before every receiver is seen to accept it,
 * and to refuse a made-up one.
 *
 * It is a hook on each sender's Secret, because a hook that fails stops the update before the Secret changes, and runs
 * again in the next update (engine 3.259). The proof is made once an update and shared: either every sender switches
 * or none does.
 */
export class Gate {
    readonly #args: GateArgs;
    #proof: Promise<void> | undefined;

    constructor(args: GateArgs) {
        this.#args = args;
    }

    /** The hooks that hold back the Secret of the sender named. Names of hooks are global to a program. */
    hooks(sender: string): pulumi.ResourceHookBinding {
        const hook = new pulumi.ResourceHook(
            `gate-${sender}`,
            () => (this.#proof ??= this.#prove()),
        );
        return { beforeCreate: [hook], beforeUpdate: [hook] };
    }

    async #prove(): Promise<void> {
        const { receivers, value } = this.#args;
        const token = await reveal(value);
        await Promise.all(
            receivers.flatMap((receiver) =>
                receiver.probeUrls.map((url) => this.#proveOne(receiver.name, url, token)),
            ),
        );
    }

    async #proveOne(receiver: string, url: string, token: string): Promise<void> {
        const { generation, limitSeconds } = this.#args;
        const madeUp = randomBytes(32).toString("hex");
        const [verdict, stranger] = await Promise.all([
            waitUntilAccepted(url, token, {
                limitSeconds,
                onWait: ({ reason }, seconds) => {
                    const wait = `${Math.round(seconds)} s of ${limitSeconds} s`;
                    showProgress(
                        `waiting for ${receiver} to accept ${generation}: ${reason}, ${wait}`,
                    );
                },
            }),
            probe(url, madeUp),
        ]);
        if (verdict.kind !== "accepted") {
            throw new Error(
                `receiver ${receiver} does not accept generation ${generation} within ${limitSeconds} s: ` +
                    `${verdict.reason} at ${url}. ${this.#nextSteps()}`,
            );
        }
        // Asked while we waited, the receiver may have been down; now it is not.
        const made = stranger.kind === "unknown" ? await probe(url, madeUp) : stranger;
        if (made.kind !== "refused") {
            throw new Error(
                `receiver ${receiver} does not refuse a made-up credential: ${made.reason} at ${url}. ` +
                    this.#nextSteps(),
            );
        }
    }

    #nextSteps(): string {
        const { former } = this.#args;
        const back =
            former === undefined
                ? ""
                : `, or go back: pulumi config set rotation ${former} && pulumi up`;
        return `No sender was switched. Mend the receiver and run pulumi up again${back}`;
    }
}

/** A line that the next one replaces on a terminal. */
function showProgress(line: string): void {
    void pulumi.log.info(line, undefined, undefined, true);
}

/** The value of an output that is known, as a promise. */
function reveal(value: pulumi.Output<string>): Promise<string> {
    return new Promise((resolve) => {
        value.apply(resolve);
    });
}
