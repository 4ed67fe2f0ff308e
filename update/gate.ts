import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { kindOfReceiver } from "../kinds/receivers.ts";
import { sendCanary } from "../proof/canary.ts";
import { probeAll, probeUntil, type Thoroughness } from "../proof/probe.ts";
import type { Verdict } from "../proof/verdict.ts";
import { type Generation, valueAt } from "../rotation/generation.ts";
import { generationsInUse } from "../rotation/plan.ts";
import type { Proof } from "../rotation/record.ts";
import type { ReceiverSettings } from "../settings/settings.ts";
import type { Recorded } from "./recorded.ts";
import { reveal } from "./reveal.ts";

/** What a {@link Gate} proves. */
export interface GateArgs {
    readonly receivers: readonly ReceiverSettings[];
    /** Label of the generation senders are about to get. */
    readonly label: string;
    /** The generation itself. Secret. */
    readonly generation: pulumi.Output<Generation>;
    /** What was recorded before the update: whether senders are in use, and what to go back to. */
    readonly recorded: Recorded;
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

    async #proveRefused(receiver: ReceiverSettings, generation: Generation): Promise<void> {
        const { name, probeUrls } = receiver;
        const { projectionLimitSeconds: limitSeconds } = this.#args;
        const asked = { ...credentialAt(receiver, generation), expected: "refused" } as const;
        const verdicts = probeUrls.map(async (url) => {
            const { kind, reason } = await probeUntil(url, asked, { limitSeconds });
            if (kind === "refused") return;
            throw new Error(
                `receiver ${name} does not refuse retired generation ${generation.label} within ${limitSeconds} s: ` +
                    `${reason} at ${url}. Mend the receiver and run pulumi up again`,
            );
        });
        await Promise.all(verdicts);
    }

    async #prove(): Promise<void> {
        const { receivers } = this.#args;
        const generation = await reveal(this.#args.generation);
        const proofs = receivers.flatMap((receiver) =>
            receiver.probeUrls.map((url) => this.#proveOne(receiver, url, generation)),
        );
        await Promise.all(proofs);
    }

    async #proveOne(
        receiver: ReceiverSettings,
        url: string,
        generation: Generation,
    ): Promise<void> {
        const credential = credentialAt(receiver, generation);
        const madeUp = randomBytes(32).toString("hex");
        const stranger = { ...credential, token: madeUp, expected: "refused" } as const;
        const [verdict, early] = await Promise.all([
            this.#waitUntilAccepted(receiver, url, credential),
            probeAll(url, stranger),
        ]);
        const { label, recorded, projectionLimitSeconds } = this.#args;
        // A Secret deleted by hand is not recorded either; its sender pushes on.
        const isFirst = recorded.record === undefined && generationsInUse(recorded).length === 0;
        if (isFirst && verdict.kind === "unknown") {
            this.#skip(receiver.name, url, verdict.reason);
            return;
        }
        if (verdict.kind !== "accepted") {
            this.#refuse(
                `receiver ${receiver.name} does not accept generation ${label} within ${projectionLimitSeconds} s: ` +
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
        await this.#proveByCanary(receiver, url, credential);
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
        { name, connections }: ReceiverSettings,
        url: string,
        credential: Credential,
    ): Promise<Verdict> {
        const { label, projectionLimitSeconds: limitSeconds } = this.#args;
        return probeUntil(
            url,
            { ...credential, expected: "accepted", connections },
            {
                limitSeconds,
                onWait: ({ reason }, seconds) => {
                    const wait = `${Math.round(seconds)} s of ${limitSeconds} s`;
                    showProgress(`waiting for ${name} to accept ${label}: ${reason}, ${wait}`);
                },
            },
        );
    }

    async #proveByCanary(
        { name, queryUrl }: ReceiverSettings,
        url: string,
        { token, username }: Credential,
    ): Promise<void> {
        if (queryUrl === undefined) return;
        const { label } = this.#args;
        const fault = await sendCanary({
            url,
            queryUrl,
            token,
            username,
            stack: pulumi.getStack(),
            generation: label,
        });
        if (fault !== undefined)
            this.#refuse(`receiver ${name} does not store what it accepts: ${fault}`);
    }

    #refuse(reason: string): never {
        const { label, recorded } = this.#args;
        const former = generationsInUse(recorded).find((one) => one !== label);
        const back =
            former === undefined
                ? ""
                : `, or go back: pulumi config set rotation ${former} && pulumi up`;
        throw new Error(
            `${reason}. No sender was switched. Mend the receiver and run pulumi up again${back}`,
        );
    }
}

type Credential = Pick<Thoroughness, "username" | "verdict"> & { readonly token: string };

/** What a receiver is asked with, and how its answer is read. Secret. */
function credentialAt(receiver: ReceiverSettings, generation: Generation): Credential {
    return {
        token: valueAt(generation, receiver.name),
        username: generation.username ?? receiver.username,
        verdict: kindOfReceiver(receiver).verdict,
    };
}

/** A line that the next one replaces on a terminal. */
function showProgress(line: string): void {
    void pulumi.log.info(line, undefined, undefined, true);
}
