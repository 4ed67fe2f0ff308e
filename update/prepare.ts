import * as pulumi from "@pulumi/pulumi";
import type { RepositoryFacts } from "../mirror/gitHub/repositoryFacts.ts";
import { outlookOf } from "../rotation/outlook.ts";
import type { RotationPlan } from "../rotation/plan.ts";
import type { Sealing } from "../seal/seal.ts";
import type { Settings } from "../settings/settings.ts";
import { goalOf, plan as decide } from "./decide.ts";
import { requireAudit } from "./auditFile.ts";
import { Guard } from "./guard.ts";
import { type Memory, memoryOf, rotates } from "./memory.ts";
import { openMints, type ReceiverMint } from "./minting.ts";
import { askAheadOf } from "./preflight/gitHubMirror.ts";
import { findUnwritten } from "./preflight/configMaps.ts";
import { withFormerPaths } from "./paths.ts";
import { preflight } from "./preflight/preflight.ts";
import { readSealing } from "./preflight/recipients.ts";
import { underPresentNames } from "./presentNames.ts";
import { readRecorded } from "./readRecorded.ts";
import { readSettings } from "./readSettings.ts";
import type { Recorded } from "./recorded.ts";
import { refusing } from "./refuse.ts";
import { tellOutlook } from "./tellOutlook.ts";

/** What an update needs to know before it declares a resource. */
export interface Prepared {
    readonly settings: Settings;
    readonly recorded: Recorded;
    readonly sealing: Sealing;
    readonly found: RepositoryFacts;
    readonly plan: RotationPlan;
    readonly memory: Memory;
    /** What mints values, for the receivers that take minted ones. */
    readonly mints: readonly ReceiverMint[];
    readonly guard: Guard;
    /** What tells the cluster from others; undefined where the stack does not know yet. */
    readonly cluster: string | undefined;
}

/**
 * Reads what the update is told and what is recorded, refuses what would fail half-way, and decides
 * which generations it works with. Throws a one-line error before anything changes.
 */
export async function prepare(): Promise<Prepared> {
    const given = readSettings();
    if (!pulumi.runtime.isDryRun()) refusing(requireAudit);
    // Asked while the rest goes on: it takes a while.
    const gitHub = given.mirror.remote ? undefined : askAheadOf(given.mirror);
    const before = await readRecorded();
    const known = refusing(() => underPresentNames(given, before, pulumi.getStack()));
    const settings = withFormerPaths(given, known);
    const sealing = await readSealing(settings, known);
    const found = await preflight(settings, known, gitHub);
    const mints = await openMints(settings, known);
    const forced = [...known.forced, ...(await findUnwritten(settings, known))];
    const recorded = { ...known, forced };
    const plan = await decide(settings, recorded);
    const guard = new Guard({ settings, recorded, plan });
    const isRotation = rotates(plan, recorded);
    tellOutlook(outlookOf(goalOf(settings), recorded, plan, isRotation));
    await (isRotation ? guard.look() : guard.lookWhereItPoints());
    const identity = isRotation ? await guard.identity() : undefined;
    const cluster = settings.cluster ?? recorded.cluster.identity ?? identity;
    return {
        settings,
        recorded,
        sealing,
        found,
        plan,
        memory: memoryOf(plan, recorded),
        mints,
        guard,
        cluster,
    };
}
