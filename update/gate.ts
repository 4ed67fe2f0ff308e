import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Generation } from "../rotation/generation.ts";
import { sendCanary } from "../proof/canary.ts";
import type { Memory } from "./recorded.ts";
import { generationsInUse } from "../rotation/plan.ts";
import { probeAll, probeUntil, type Verdict } from "../proof/probe.ts";
import type { Proof } from "../rotation/record.ts";
import type { ReceiverSettings } from "../settings/settings.ts";
import { reveal } from "./reveal.ts";

/** What a {@link Gate} proves. */
export interface GateArgs {
    readonly receivers: readonly ReceiverSettings[];
    /** Label of the generation senders are about to get. */
    readonly generation: string;
    /** Its value. Secret. */
    readonly value: pulumi.Output<string>;
    /** What was recorded before the update: whether senders are in use, and what to go back to. */
    readonly memory: Memory;
    /**
     * Seconds to wait for each receiver: a kubelet projects a changed Secret within 60 to 90 s, as
     * a rule.
     */
    readonly projectionLimitSeconds: number;
}

/**
 * What stands between receivers and senders: no sender gets a generation before every receiver is
 * seen to accept it, and to refuse a made-up one.
 *
 * It is a hook on each sender's Secret, because a hook that fails stops the update before the
 * Secret changes, and runs again in the next update (engine 3.259). The proof is made once an
 * update and shared: either every sender switches or none does.
 */
export class Gate {
    readonly #args: GateArgs;
    readonly #proofs: Proof[] = [];
    #proof: Promise<void> | undefined;

    constructor(args: GateArgs) {
        this.#args = args;
    }

    /**
     * The hooks that hold back the Secret of the sender named. Names of hooks are global to a
     * program.
     */
    hooks(sender: string): pulumi.ResourceHookBinding {
        const hook = new pulumi.ResourceHook(`gate-${sender}`, () => {
            this.#proof ??= this.#prove();
            return this.#proof;
        });
        return { beforeCreate: [hook], beforeUpdate: [hook] };
    }

    /** What was proven in this update so far; nothing when no sender was to change. */
    get proofs(): readonly Proof[] {
        return this.#proofs;
    }

    /**
     * The hooks that hold back the record of the rotation until every receiver refuses what was
     * retired.
     */
    conclusion(retired: pulumi.Output<Generation[]>): pulumi.ResourceHookBinding {
        const hook = new pulumi.ResourceHook("conclusion", async () => {
            const generations = await reveal(retired);
            await Promise.all(
                generations.flatMap((generation) =>
                    this.#args.receivers.map((receiver) =>
                        this.#proveRefused(receiver, generation),
                    ),
                ),
            );
        });
        return { beforeCreate: [hook] };
    }

    async #proveRefused(
        { name, probeUrls, username }: ReceiverSettings,
        { label, value }: Generation,
    ): Promise<void> {
        const { projectionLimitSeconds: limitSeconds } = this.#args;
        for (const url of probeUrls) {
            const verdict = await probeUntil(
                url,
                { token: value, username, expected: "refused" },
                { limitSeconds },
            );
            if (verdict.kind === "refused") continue;
            throw new Error(
                `receiver ${name} does not refuse retired generation ${label} within ${limitSeconds} s: ` +
                    `${verdict.reason} at ${url}. Mend the receiver and run pulumi up again`,
            );
        }
    }

    async #prove(): Promise<void> {
        const { receivers, value } = this.#args;
        const token = await reveal(value);
        const proofs = receivers.flatMap((receiver) =>
            receiver.probeUrls.map((url) => this.#proveOne(receiver, url, token)),
        );
        await Promise.all(proofs);
    }

    async #proveOne(receiver: ReceiverSettings, url: string, token: string): Promise<void> {
        const madeUp = randomBytes(32).toString("hex");
        const stranger = {
            token: madeUp,
            username: receiver.username,
            expected: "refused",
        } as const;
        const [verdict, early] = await Promise.all([
            this.#waitUntilAccepted(receiver, url, token),
            probeAll(url, stranger),
        ]);
        const { generation, memory, projectionLimitSeconds } = this.#args;
        // A Secret deleted by hand is not recorded either; its sender pushes on.
        const isFirst = memory.record === undefined && generationsInUse(memory).length === 0;
        if (isFirst && verdict.kind === "unknown") {
            this.#skip(receiver.name, url, verdict.reason);
            return;
        }
        if (verdict.kind !== "accepted") {
            this.#refuse(
                `receiver ${receiver.name} does not accept generation ${generation} within ${projectionLimitSeconds} s: ` +
                    `${verdict.reason} at ${url}`,
            );
        }
        // Asked while we waited, the receiver may have been down; now it is not.
        const late = early.kind === "unknown" ? await probeAll(url, stranger) : early;
        if (late.kind !== "refused") {
            this.#refuse(
                `receiver ${receiver.name} does not refuse a made-up credential: ${late.reason} at ${url}`,
            );
        }
        await this.#proveByCanary(receiver, url, token);
        const how = receiver.queryUrl === undefined ? "probe" : "probe and canary";
        this.#proofs.push({ receiver: receiver.name, url, how, at: new Date().toISOString() });
    }

    /**
     * Nothing of this stack pushes yet, so nothing can be lost; the next update has senders in use,
     * and proves it.
     */
    #skip(receiver: string, url: string, reason: string): void {
        void pulumi.log.warn(
            `receiver ${receiver} is not proven: ${reason} at ${url}. No sender pushes yet; the next update proves it`,
        );
        this.#proofs.push({ receiver, url, how: "unproven", at: new Date().toISOString() });
    }

    async #waitUntilAccepted(
        { name, connections, username }: ReceiverSettings,
        url: string,
        token: string,
    ): Promise<Verdict> {
        const { generation, projectionLimitSeconds: limitSeconds } = this.#args;
        return probeUntil(
            url,
            { token, username, expected: "accepted", connections },
            {
                limitSeconds,
                onWait: ({ reason }, seconds) => {
                    const wait = `${Math.round(seconds)} s of ${limitSeconds} s`;
                    showProgress(`waiting for ${name} to accept ${generation}: ${reason}, ${wait}`);
                },
            },
        );
    }

    async #proveByCanary(
        { name, queryUrl, username }: ReceiverSettings,
        url: string,
        token: string,
    ): Promise<void> {
        if (queryUrl === undefined) return;
        const { generation } = this.#args;
        const fault = await sendCanary({
            url,
            queryUrl,
            token,
            username,
            stack: pulumi.getStack(),
            generation,
        });
        if (fault !== undefined)
            this.#refuse(`receiver ${name} does not store what it accepts: ${fault}`);
    }

    #refuse(reason: string): never {
        const { generation, memory } = this.#args;
        const former = generationsInUse(memory).find((label) => label !== generation);
        const back =
            former === undefined
                ? ""
                : `, or go back: pulumi config set rotation ${former} && pulumi up`;
        throw new Error(
            `${reason}. No sender was switched. Mend the receiver and run pulumi up again${back}`,
        );
    }
}

/** A line that the next one replaces on a terminal. */
function showProgress(line: string): void {
    void pulumi.log.info(line, undefined, undefined, true);
}
