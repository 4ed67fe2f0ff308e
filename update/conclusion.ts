import * as pulumi from "@pulumi/pulumi";
import { probeAll, probeUntil } from "../proof/probe.ts";
import type { Generation } from "../rotation/generation.ts";
import { isWritten, type ReceiverSettings } from "../settings/settings.ts";
import { audit } from "./audit.ts";
import { type Credential, credentialAt, limitSecondsOf } from "./gate.ts";
import { reveal } from "./reveal.ts";

/** What a {@link conclusion} proves. */
export interface ConclusionArgs {
    readonly receivers: readonly ReceiverSettings[];
    /** What receivers must accept, beside what they must refuse. Secret. */
    readonly generation: pulumi.Output<Generation>;
    /** What they must refuse. Secret. */
    readonly retired: pulumi.Output<Generation[]>;
    readonly projectionLimitSeconds: number;
    /** Has vendors end what they minted, before they are asked. Defaults to nothing. */
    readonly revoke?: () => Promise<unknown>;
    /** Told when all this is so. Defaults to nobody. */
    readonly onProven?: () => void;
}

/**
 * The hooks that hold back the record of a rotation until every receiver refuses what was retired,
 * on each of its connections, and accepts the current generation beside it: a firewall refuses
 * both. Whoever does not is named.
 */
export function conclusion(args: ConclusionArgs): pulumi.ResourceHookBinding {
    let asked: Promise<void> | undefined;
    const hook = new pulumi.ResourceHook("conclusion", () => {
        asked ??= conclude(args);
        return asked;
    });
    return { beforeCreate: [hook] };
}

async function conclude(args: ConclusionArgs): Promise<void> {
    await args.revoke?.();
    const [current, generations] = await Promise.all([
        reveal(args.generation),
        reveal(args.retired),
    ]);
    const faults = await Promise.all(
        args.receivers.flatMap((receiver) =>
            generations.flatMap((retired) =>
                receiver.probeUrls.map((url) =>
                    told(receiver, url, { retired, current }, limitSecondsOf(receiver, args)),
                ),
            ),
        ),
    );
    const found = faults.filter((fault) => fault !== undefined);
    if (found.length === 0) {
        args.onProven?.();
        return;
    }
    throw new Error(`${found.join("; ")}. Mend what is named and run pulumi up again`);
}

/** The same as {@link whyNotRefused}, told to the audit. */
async function told(
    ...[receiver, url, asked, limitSeconds]: Parameters<typeof whyNotRefused>
): Promise<string | undefined> {
    const reason = await whyNotRefused(receiver, url, asked, limitSeconds);
    audit({
        ...{ operation: "refused", generation: asked.retired.label },
        where: `receiver ${receiver.name} at ${url}`,
        ...(reason !== undefined && { outcome: "failed", reason }),
    });
    return reason;
}

/**
 * Why it is not proven that a receiver refuses a generation; undefined when it is. It is asked once
 * at least.
 */
export async function whyNotRefused(
    receiver: ReceiverSettings,
    url: string,
    { retired, current }: { readonly retired: Generation; readonly current: Generation },
    limitSeconds: number,
): Promise<string | undefined> {
    const { name, connections } = receiver;
    const asked = (generation: Generation): Credential & { readonly connections: number } => ({
        ...credentialAt(receiver, generation),
        connections,
    });
    const refused = await probeUntil(
        url,
        { ...asked(retired), expected: "refused" },
        { limitSeconds },
    );
    if (refused.kind !== "refused") {
        const within = limitSeconds > 0 ? ` within ${limitSeconds} s` : "";
        const isGiven = !isWritten(receiver) && receiver.mint === undefined;
        const remedy = isGiven ? ": revoke it where it was made" : "";
        return `receiver ${name} does not refuse retired generation ${retired.label}${within}: ${refused.reason} at ${url}${remedy}`;
    }
    const accepted = await probeAll(url, { ...asked(current), expected: "accepted" });
    if (accepted.kind === "accepted") return undefined;
    return (
        `that receiver ${name} refuses retired generation ${retired.label} proves nothing, as it does not accept ` +
        `${current.label} either: ${accepted.reason} at ${url}`
    );
}
