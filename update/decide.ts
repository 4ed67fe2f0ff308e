import * as pulumi from "@pulumi/pulumi";
import { type Use, watchUse } from "../proof/disuse.ts";
import {
    droppable,
    planRotation,
    type RecordedUse,
    retiring,
    type RotationPlan,
} from "../rotation/plan.ts";
import type { Settings } from "../settings/settings.ts";
import { refuse, refusing } from "./refuse.ts";

/** The plan of this update. Throws a one-line error when it would lock a sender out. */
export async function plan(settings: Settings, recorded: RecordedUse): Promise<RotationPlan> {
    refusing(() => planRotation(settings, recorded)); // before anything is watched
    return planRotation(settings, recorded, await findUnused(settings, recorded));
}

/**
 * The generations that nobody uses any more, of those this update would stop accepting, by the
 * receivers' own counters; watching them takes `disuseSeconds`. A preview does not watch: it shows
 * what happens when nobody does.
 *
 * A generation that a rotation would drop stays accepted, with a warning, when it is still used or
 * nothing can prove that it is not. One that is to be retired by name is refused then, with a
 * one-line error.
 */
async function findUnused(settings: Settings, recorded: RecordedUse): Promise<readonly string[]> {
    const [dropped, retired] = [droppable(settings, recorded), retiring(settings, recorded)];
    const blind = settings.receivers.find(({ metricsUrls }) => metricsUrls === undefined);
    if (blind) {
        const reason = `${blind.name} has no metricsUrls to prove that nobody uses`;
        if (retired.length > 0 && !settings.retireWithoutProof) {
            refuse(`receivers: ${reason} ${retired.join(", ")}: set them, or retireWithoutProof`);
        }
        if (dropped.length > 0) keep(dropped, `receiver ${reason} it`);
        return [];
    }
    const watched = settings.retireWithoutProof ? dropped : [...new Set([...dropped, ...retired])];
    if (watched.length === 0) return [];
    if (pulumi.runtime.isDryRun()) {
        tell(
            `pulumi up watches for ${settings.disuseSeconds} s whether anybody uses ${watched.join(", ")}`,
        );
        return dropped;
    }
    tell(`watching for ${settings.disuseSeconds} s whether anybody uses ${watched.join(", ")}`);
    return judge(await watch(settings, watched), { dropped, retired }, settings);
}

/** What was seen, or why nothing could be. */
async function watch(
    settings: Settings,
    labels: readonly string[],
): Promise<readonly Use[] | string> {
    try {
        const metricsUrls = settings.receivers.flatMap((receiver) => receiver.metricsUrls ?? []);
        return await watchUse({ metricsUrls, labels, seconds: settings.disuseSeconds });
    } catch (error) {
        return `its use cannot be watched: ${error instanceof Error ? error.message : String(error)}`;
    }
}

function judge(
    seen: readonly Use[] | string,
    {
        dropped,
        retired,
    }: { readonly dropped: readonly string[]; readonly retired: readonly string[] },
    { disuseSeconds, retireWithoutProof }: Settings,
): readonly string[] {
    const whyUsed = (label: string): string | undefined => {
        if (typeof seen === "string") return seen;
        const requests = seen.find((use) => use.label === label)?.requests ?? 0;
        return requests > 0
            ? `receivers counted ${requests} requests with it in ${disuseSeconds} s`
            : undefined;
    };
    for (const label of retireWithoutProof ? [] : retired) {
        const reason = whyUsed(label);
        if (reason !== undefined) {
            refuse(
                `retired names ${label}, but ${reason}: find who uses it, or set retireWithoutProof`,
            );
        }
    }
    return dropped.filter((label) => {
        const reason = whyUsed(label);
        if (reason !== undefined) keep([label], reason);
        return reason === undefined;
    });
}

function keep(labels: readonly string[], reason: string): void {
    void pulumi.log.warn(`generation ${labels.join(", ")} stays accepted: ${reason}`);
}

function tell(line: string): void {
    void pulumi.log.info(line);
}
