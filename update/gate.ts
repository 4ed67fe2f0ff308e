import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { kindOfReceiver } from "../kinds/receivers.ts";
import { sendCanary } from "../proof/canary.ts";
import { probeAll, probeUntil, type Thoroughness } from "../proof/probe.ts";
import type { Verdict } from "../proof/verdict.ts";
import { type Generation, valueAt } from "../rotation/generation.ts";
import { generationsInUse } from "../rotation/recordedUse.ts";
import { lockedOut, type RotationPlan } from "../rotation/plan.ts";
import type { Proof } from "../rotation/record.ts";
import type { ReceiverSettings } from "../settings/settings.ts";
import { messageOf } from "../text/messageOf.ts";
import { adviseOnLeftOut } from "./advise.ts";
import { audit } from "./audit.ts";
import type { Recorded } from "./recorded.ts";
import { reveal } from "./reveal.ts";

/** What a {@link Gate} proves. */
export interface GateArgs {
    readonly receivers: readonly ReceiverSettings[];
    /** Its current generation is what senders are about to get. */
    readonly plan: Pick<RotationPlan, "current" | "accepted">;
    /** The generation itself. Secret. */
    readonly generation: pulumi.Output<Generation>;
    /** What was recorded before the update: whether senders are in use, and what to go back to. */
    readonly recorded: Recorded;
    /**
     * Seconds to wait for each receiver without a limit of its own: a kubelet projects a changed
     * Secret within 60 to 90 s, as a rule.
     */
    readonly projectionLimitSeconds: number;
    /** The credential that was there before, which somebody pushes with. */
    readonly adopted?: { readonly label: string } | undefined;
    /** There when a generation is refused whoever uses it. */
    readonly emergency?: object | undefined;
}

/**
 * What stands between receivers and senders: no sender gets a generation before every receiver is
 * seen to accept it, and to refuse a made-up one.
 *
 * It is a hook on each sender's Secret, because a hook that fails stops the update before the
 * Secret changes, and runs again in the next update (engine 3.259). The proof is made once an
 * update and shared: either every sender switches or none does. But for those whose credential
 * receivers refuse already: they lose samples as long as they are held back, so they are asked for
 * once and switched, proven or not.
 */
export class Gate {
    readonly #args: GateArgs;
    readonly #proofs = new Map<string, Proof>();
    readonly #lockedOut: readonly string[];
    #proof: Promise<void> | undefined;
    #attempt: Promise<string | undefined> | undefined;

    constructor(args: GateArgs) {
        this.#args = args;
        this.#lockedOut = lockedOut(args.plan, args.recorded);
    }

    /**
     * The hooks that hold back what the sender named reads. Names of hooks are global to a program.
     *
     * @param recordedAs What the sender is called in the recorded state.
     */
    hooks(sender: string, recordedAs = sender): pulumi.ResourceHookBinding {
        const hook = new pulumi.ResourceHook(`gate-${sender}`, () => {
            if (this.#isLockedOut(recordedAs)) return this.#release(recordedAs);
            this.#proof ??= this.#prove();
            return this.#proof;
        });
        return { beforeCreate: [hook], beforeUpdate: [hook] };
    }

    /** What was proven in this update so far; nothing when no sender was to change. */
    get proofs(): readonly Proof[] {
        return [...this.#proofs.values()];
    }

    /** In an emergency, also one whose Secret is gone: it may have had what leaked. */
    #isLockedOut(sender: string): boolean {
        const { emergency, recorded } = this.#args;
        const isForgotten = emergency !== undefined && recorded.senders[sender] === undefined;
        return isForgotten || this.#lockedOut.includes(sender);
    }

    async #release(sender: string): Promise<void> {
        this.#attempt ??= this.#try();
        const fault = await this.#attempt;
        if (fault === undefined) return;
        void pulumi.log.warn(
            `sender ${sender} is switched to ${this.#args.plan.current} without proof, as receivers refuse what it has: ${fault}`,
        );
    }

    /** One round of questions; what could not be proven is noted as such, and told. */
    async #try(): Promise<string | undefined> {
        const generation = await reveal(this.#args.generation);
        const faults = await this.#each(async (receiver, url) => {
            try {
                await this.#proveOne(receiver, url, generation, 0);
                return [];
            } catch (error) {
                this.#note(receiver.name, url, "unproven");
                return [messageOf(error)];
            }
        });
        return faults.flat().join("; ") || undefined;
    }

    async #prove(): Promise<void> {
        const generation = await reveal(this.#args.generation);
        try {
            await this.#each((receiver, url) => {
                const limitSeconds = limitSecondsOf(receiver, this.#args);
                return this.#proveOne(receiver, url, generation, limitSeconds);
            });
        } catch (error) {
            const reason = messageOf(error);
            const where = "every receiver";
            const { label } = generation;
            audit({ operation: "proven", generation: label, where, outcome: "failed", reason });
            this.#refuse(reason);
        }
    }

    #each<T>(ask: (receiver: ReceiverSettings, url: string) => Promise<T>): Promise<T[]> {
        const asked = this.#args.receivers.flatMap((receiver) =>
            receiver.probeUrls.map((url) => ask(receiver, url)),
        );
        return Promise.all(asked);
    }

    /** Throws what is not proven of one address. */
    async #proveOne(
        receiver: ReceiverSettings,
        url: string,
        generation: Generation,
        limitSeconds: number,
    ): Promise<void> {
        const credential = credentialAt(receiver, generation);
        const madeUp = randomBytes(32).toString("hex");
        const stranger = { ...credential, token: madeUp, expected: "refused" } as const;
        const [verdict, early] = await Promise.all([
            this.#waitUntilAccepted(receiver, url, credential, limitSeconds),
            probeAll(url, stranger),
        ]);
        const { name } = receiver;
        adviseOnLeftOut(name, verdict);
        if (verdict.kind === "unknown" && this.#nobodyPushes()) {
            this.#skip(name, url, verdict.reason);
            return;
        }
        if (verdict.kind !== "accepted") {
            throw new Error(
                `receiver ${name} does not accept generation ${generation.label} within ${limitSeconds} s: ` +
                    `${verdict.reason} at ${url}`,
            );
        }
        // Asked while we waited, the receiver may have been down; now it is not.
        const late = early.kind === "unknown" ? await probeAll(url, stranger) : early;
        if (late.kind !== "refused") {
            throw new Error(
                `receiver ${name} does not refuse a made-up credential: ${late.reason} at ${url}`,
            );
        }
        await proveByCanary(receiver, url, credential, generation.label);
        this.#note(name, url, receiver.queryUrl === undefined ? "probe" : "probe and canary");
    }

    /** A Secret deleted by hand is not recorded either; its sender pushes on. */
    #nobodyPushes(): boolean {
        const { recorded, adopted, plan } = this.#args;
        const keeps = adopted === undefined || adopted.label === plan.current;
        return keeps && recorded.record === undefined && generationsInUse(recorded).length === 0;
    }

    /**
     * Nothing of this stack pushes yet, so nothing can be lost; the next update has senders in use,
     * and proves it.
     */
    #skip(receiver: string, url: string, reason: string): void {
        void pulumi.log.warn(
            `receiver ${receiver} is not proven: ${reason} at ${url}. No sender pushes yet; the next update proves it`,
        );
        this.#note(receiver, url, "unproven");
    }

    #note(receiver: string, url: string, how: Proof["how"]): void {
        const key = `${receiver} ${url}`;
        if (how === "unproven" && this.#proofs.has(key)) return;
        const outcome = how === "unproven" ? "unproven" : "done";
        const { current: generation } = this.#args.plan;
        const where = `receiver ${receiver} at ${url}`;
        audit({ operation: "proven", generation, where, outcome });
        this.#proofs.set(key, { receiver, url, how, at: new Date().toISOString() });
    }

    async #waitUntilAccepted(
        { name, connections }: ReceiverSettings,
        url: string,
        credential: Credential,
        limitSeconds: number,
    ): Promise<Verdict> {
        const { current } = this.#args.plan;
        return probeUntil(
            url,
            { ...credential, expected: "accepted", connections },
            {
                limitSeconds,
                onWait: ({ reason }, seconds) => {
                    const wait = `${Math.round(seconds)} s of ${limitSeconds} s`;
                    showProgress(`waiting for ${name} to accept ${current}: ${reason}, ${wait}`);
                },
            },
        );
    }

    #refuse(reason: string): never {
        const { plan, recorded } = this.#args;
        const former = generationsInUse(recorded).find(
            (label) => label !== plan.current && plan.accepted.includes(label),
        );
        const back =
            former === undefined
                ? ""
                : `, or go back: pulumi config set rotation ${former} && pulumi up`;
        const held =
            this.#lockedOut.length === 0
                ? "No sender was switched"
                : "No sender whose credential is still accepted was switched";
        throw new Error(`${reason}. ${held}. Mend the receiver and run pulumi up again${back}`);
    }
}

/** How long to wait for a receiver. */
export function limitSecondsOf(
    { projectionLimitSeconds: own }: Pick<ReceiverSettings, "projectionLimitSeconds">,
    { projectionLimitSeconds }: Pick<GateArgs, "projectionLimitSeconds">,
): number {
    return own ?? projectionLimitSeconds;
}

export type Credential = Pick<Thoroughness, "username" | "verdict" | "authorities"> & {
    readonly token: string;
};

/** What a receiver is asked with, and how its answer is read. Secret. */
export function credentialAt(receiver: ReceiverSettings, generation: Generation): Credential {
    return {
        token: valueAt(generation, receiver.name),
        username: generation.username ?? receiver.username,
        verdict: kindOfReceiver(receiver).verdict,
        authorities: receiver.authorities,
    };
}

async function proveByCanary(
    { name, queryUrl }: ReceiverSettings,
    url: string,
    { token, username, authorities }: Credential,
    generation: string,
): Promise<void> {
    if (queryUrl === undefined) return;
    const pushed = { token, username, authorities, stack: pulumi.getStack(), generation };
    const fault = await sendCanary({ url, queryUrl, ...pushed });
    if (fault === undefined) return;
    throw new Error(`receiver ${name} does not store what it accepts: ${fault}`);
}

/** A line that the next one replaces on a terminal. */
function showProgress(line: string): void {
    void pulumi.log.info(line, undefined, undefined, true);
}
