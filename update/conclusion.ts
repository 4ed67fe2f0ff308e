import * as pulumi from "@pulumi/pulumi";
import { probeAll, probeUntil } from "../proof/probe.ts";
import type { Generation } from "../rotation/generation.ts";
import type { ReceiverSettings } from "../settings/settings.ts";
import { type Credential, credentialAt } from "./gate.ts";
import { reveal } from "./reveal.ts";

/** What a {@link conclusion} proves. */
export interface ConclusionArgs {
    readonly receivers: readonly ReceiverSettings[];
    /** What receivers must accept, beside what they must refuse. Secret. */
    readonly generation: pulumi.Output<Generation>;
    /** What they must refuse. Secret. */
    readonly retired: pulumi.Output<Generation[]>;
    readonly projectionLimitSeconds: number;
}

/**
 * The hooks that hold back the record of a rotation until every receiver refuses what was retired,
 * on each of its connections, and accepts the current generation beside it: a firewall refuses
 * both. Whoever does not is named.
 */
export function conclusion(args: ConclusionArgs): pulumi.ResourceHookBinding {
    const hook = new pulumi.ResourceHook("conclusion", async () => {
        const [current, generations] = await Promise.all([
            reveal(args.generation),
            reveal(args.retired),
        ]);
        const faults = await Promise.all(
            args.receivers.flatMap((receiver) =>
                generations.flatMap((retired) =>
                    receiver.probeUrls.map((url) =>
                        faultOf(receiver, url, retired, current, args.projectionLimitSeconds),
                    ),
                ),
            ),
        );
        const found = faults.filter((fault) => fault !== undefined);
        if (found.length === 0) return;
        throw new Error(`${found.join("; ")}. Mend what is named and run pulumi up again`);
    });
    return { beforeCreate: [hook] };
}

/** Why it is not proven that a receiver refuses a generation; undefined when it is. */
async function faultOf(
    receiver: ReceiverSettings,
    url: string,
    retired: Generation,
    current: Generation,
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
        return `receiver ${name} does not refuse retired generation ${retired.label} within ${limitSeconds} s: ${refused.reason} at ${url}`;
    }
    const accepted = await probeAll(url, { ...asked(current), expected: "accepted" });
    if (accepted.kind === "accepted") return undefined;
    return (
        `that receiver ${name} refuses retired generation ${retired.label} proves nothing, as it does not accept ` +
        `${current.label} either: ${accepted.reason} at ${url}`
    );
}
