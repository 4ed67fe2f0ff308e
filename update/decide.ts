import { messageOf } from "../text/messageOf.ts";
import * as pulumi from "@pulumi/pulumi";
import { type CounterSource, type Use, watchUse } from "../proof/disuse.ts";
import type { OutlookGoal } from "../rotation/outlook.ts";
import { droppable, planRotation, type RotationPlan } from "../rotation/plan.ts";
import { everRefused, type RecordedUse } from "../rotation/recordedUse.ts";
import { goesBack, retiring, setAside } from "../rotation/goal.ts";
import { SECRETS_MANAGER } from "../holders/secretsManager.ts";
import { kindOfReceiver } from "../kinds/receivers.ts";
import { isWritten, type ReceiverSettings, type Settings } from "../settings/settings.ts";
import { tellOfRevoking, whyStillAccepted } from "./external.ts";
import { goalReceiver } from "./paths.ts";
import { refuse, refusing } from "./refuse.ts";

/** The plan of this update. Throws a one-line error when it would lock a sender out. */
export async function plan(settings: Settings, recorded: RecordedUse): Promise<RotationPlan> {
    const goal = goalOf(settings);
    refusing(() => planRotation(goal, recorded)); // before anything is watched
    tellOfDirection(goal, recorded);
    const decided = planRotation(goal, recorded, await findUnused(goal, recorded));
    warnOfUnproven(decided, recorded);
    warnOfHosts(goal, recorded);
    await tellOfRevoking(settings, recorded, decided);
    return decided;
}

/** What an update does that it was not told in so many words. */
function tellOfDirection(goal: Goal, recorded: RecordedUse): void {
    const aside = setAside(goal, recorded);
    if (aside.length > 0) {
        void pulumi.log.warn(
            `retired names ${aside.join(", ")}, which the emergency leaves as it is: retire it once the emergency is over`,
        );
    }
    if (goesBack(goal, recorded)) {
        void pulumi.log.warn(
            `this goes back from ${recorded.record?.generation ?? ""} to ${goal.rotation}, which was first used before it; ` +
                "if you did not mean to, your configuration is older than the stack: get the newest one, as by git pull",
        );
    }
}

/** What is refused from this update on, and cannot be asked for: its value is known to nobody here. */
function warnOfUnproven({ refused, retired }: RotationPlan, recorded: RecordedUse): void {
    const before = everRefused(recorded);
    const unasked = refused.filter((label) => !retired.includes(label) && !before.includes(label));
    if (unasked.length === 0) return;
    void pulumi.log.warn(
        `that receivers refuse ${unasked.join(", ")} is not proven: its value is not known any more`,
    );
}

/** Nobody here sees whether a host has moved: without counters it is for whoever retires to look. */
function warnOfHosts(goal: Goal, recorded: RecordedUse): void {
    const { hosts, retireWithoutProof, rotation } = goal;
    const retired = retireWithoutProof ? retiring(goal, recorded) : [];
    if (hosts.length === 0 || retired.length === 0) return;
    void pulumi.log.warn(
        `retireWithoutProof retires ${retired.join(", ")}, and nothing here sees what hosts push with: ` +
            `be sure that npm run pull says ${rotation} on ${hosts.map(({ name }) => name).join(", ")}`,
    );
}

/** What the plan is for, and what proves that nobody uses a generation. */
interface Goal
    extends
        OutlookGoal,
        Pick<Settings, "receivers" | "hosts" | "disuseSeconds" | "retireWithoutProof"> {
    readonly receivers: Settings["receivers"];
}

/** Who reads the store on AWS pushes with what it holds, like any other sender. */
export function goalOf(settings: Settings): Goal {
    const store = settings.aws?.secret ? [{ name: SECRETS_MANAGER }] : [];
    return {
        ...settings,
        receivers: settings.receivers.map(goalReceiver),
        senders: [...settings.senders, ...settings.hosts, ...store],
    };
}

/**
 * The generations that nobody uses any more, of those this update would stop accepting, by the
 * receivers' own counters; watching them takes `disuseSeconds`. A preview does not watch: it shows
 * what happens when nobody does. External receivers count nothing, and are asked instead, also in a
 * preview: what they refuse nobody uses.
 *
 * A generation that a rotation would drop stays accepted, with a warning, when it is still used or
 * nothing can prove that it is not. One that is to be retired by name is refused then, with a
 * one-line error.
 */
async function findUnused(settings: Goal, recorded: RecordedUse): Promise<readonly string[]> {
    const [dropped, retired] = [droppable(settings, recorded), retiring(settings, recorded)];
    const written = settings.receivers.filter(isWritten);
    const blind = written.find((receiver) => countersOf(receiver).length === 0);
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
    const open = await whyStillAccepted(settings, recorded, watched);
    const seen = written.length > 0 ? await look(settings, watched) : [];
    return judge({ open, seen }, { dropped, retired }, settings);
}

/** What is seen of them; nothing in a preview, which says that an update looks. */
async function look(settings: Goal, labels: readonly string[]): Promise<readonly Use[] | string> {
    const what = `for ${settings.disuseSeconds} s whether anybody uses ${labels.join(", ")}`;
    if (pulumi.runtime.isDryRun()) {
        tell(`pulumi up watches ${what}`);
        return [];
    }
    tell(`watching ${what}`);
    return watch(settings, labels);
}

/** What was seen, or why nothing could be. */
async function watch(settings: Goal, labels: readonly string[]): Promise<readonly Use[] | string> {
    try {
        const counters = settings.receivers.flatMap(countersOf);
        return await watchUse({ counters, labels, seconds: settings.disuseSeconds });
    } catch (error) {
        return `its use cannot be watched: ${messageOf(error)}`;
    }
}

/** What counts who uses what: nothing, where the kind has no counters or none are configured. */
function countersOf(receiver: ReceiverSettings): readonly CounterSource[] {
    const { countUse } = kindOfReceiver(receiver);
    const { metricsUrls = [], authorities } = receiver;
    return countUse ? metricsUrls.map((url) => ({ url, authorities, parse: countUse })) : [];
}

/** What is known of the use of generations. */
interface Evidence {
    /** Why external receivers may let them in, by label. */
    readonly open: ReadonlyMap<string, string>;
    /** What the counters of the others say, or why they say nothing. */
    readonly seen: readonly Use[] | string;
}

function judge(
    { open, seen }: Evidence,
    {
        dropped,
        retired,
    }: { readonly dropped: readonly string[]; readonly retired: readonly string[] },
    { disuseSeconds, retireWithoutProof }: Goal,
): readonly string[] {
    const whyUsed = (label: string): string | undefined => {
        if (typeof seen === "string") return seen;
        const requests = seen.find((use) => use.label === label)?.requests ?? 0;
        return requests > 0
            ? `receivers counted ${requests} requests with it in ${disuseSeconds} s`
            : undefined;
    };
    for (const label of retireWithoutProof ? [] : retired) {
        const fault = open.get(label);
        if (fault !== undefined) refuse(`retired names ${label}, but ${fault}`);
        const reason = whyUsed(label);
        if (reason !== undefined) {
            refuse(
                `retired names ${label}, but ${reason}: find who uses it, or set retireWithoutProof`,
            );
        }
    }
    return dropped.filter((label) => {
        const reason = open.get(label) ?? whyUsed(label);
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
