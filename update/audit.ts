import * as pulumi from "@pulumi/pulumi";
import type { Operation } from "../rotation/audit.ts";
import type { RotationPlan } from "../rotation/plan.ts";
import { appendAudit, isAudited } from "./auditFile.ts";
import type { Recorded } from "./recorded.ts";

/** Tells of an operation of this update; a preview does none. */
export function audit(operation: Operation): void {
    if (pulumi.runtime.isDryRun()) return;
    const stack = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    appendAudit(stack, operation);
}

/** What an update does, each known once it is done. */
export interface Doing {
    readonly plan: RotationPlan;
    /** What was recorded before. */
    readonly recorded: Recorded;
    /** The generations there are, by label: what comes when their values are recorded. */
    readonly made: Readonly<Record<string, pulumi.Output<unknown>>>;
    /** Receivers and senders: what comes when their Secrets are written. */
    readonly receivers: readonly Done[];
    readonly senders: readonly Done[];
}

interface Done {
    readonly name: string;
    readonly generation: pulumi.Output<string>;
}

/**
 * Tells of what is made, accepted and switched. What is recorded already was told by the update
 * that did it, a failed one, too; what is proven, refused and mirrored is told where that is done.
 */
export function auditUpdate({ plan, recorded, made, receivers, senders }: Doing): void {
    const known = [...recorded.kept, ...recorded.labels];
    for (const [generation, done] of Object.entries(made)) {
        if (known.includes(generation)) continue;
        done.apply(() => {
            audit({ operation: "made", generation, where: "the stack's state" });
        });
    }
    for (const { name, generation } of receivers) {
        const { accepted = [] } = recorded.receivers[name] ?? {};
        const added = plan.accepted.filter((label) => !accepted.includes(label));
        generation.apply(() => {
            for (const label of added.toReversed()) {
                audit({ operation: "accepted", generation: label, where: `receiver ${name}` });
            }
        });
    }
    for (const { name, generation } of senders) {
        if (recorded.senders[name]?.current === plan.current) continue;
        generation.apply((label) => {
            audit({ operation: "switched", generation: label, where: `sender ${name}` });
        });
    }
}

/** What tells of sealed files in the mirror; nothing where nobody is to be told, as it takes a hook. */
export function auditMirrored({ current }: RotationPlan): ((where: string) => void) | undefined {
    if (!isAudited()) return undefined;
    return (where) => {
        audit({ operation: "mirrored", generation: current, where });
    };
}

/** What tells of what no receiver accepts any more, once that is so. */
export function auditRetired({ accepted }: RotationPlan, { record }: Recorded): () => void {
    const gone = (record?.accepted ?? []).filter((label) => !accepted.includes(label));
    return () => {
        for (const generation of gone) {
            audit({ operation: "retired", generation, where: "every receiver" });
        }
    };
}
