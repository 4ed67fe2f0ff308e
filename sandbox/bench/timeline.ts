import type { EngineEvent, StepMetadata } from "../runs/engine.ts";
import type { FrontRequest } from "./front.ts";

/** An event of the engine, and when it came, in milliseconds of this process. */
export interface Mark {
    readonly at: number;
    readonly event: EngineEvent;
}

/** When a command began and ended, likewise, and what happened meanwhile. */
export interface Timeline {
    readonly start: number;
    readonly end: number;
    readonly marks: readonly Mark[];
    /** What the receiver and its store were asked. */
    readonly asked: readonly FrontRequest[];
}

/** A stretch of time, likewise. */
interface Stretch {
    readonly start: number;
    readonly end: number;
}

/** Where the seconds of a command went, one after the other, waits left out. */
export interface Phases {
    /** Until the engine has read the state and begins. */
    readonly engine: number;
    /** Asking the providers what became of every resource, until the program is started. */
    readonly refresh: number;
    /** Until the program has its first resource: Node, the SDK, its imports, what it asks. */
    readonly program: number;
    /** From its first resource to the last. */
    readonly resources: number;
    /** Until the engine has ended. */
    readonly ending: number;
}

/** Their names, in order. */
export const PHASES = [
    "engine",
    "refresh",
    "program",
    "resources",
    "ending",
] as const satisfies readonly (keyof Phases)[];

/** Seconds in which nothing but a receiver was waited for; see {@link waits}. */
export function waitedSeconds(timeline: Timeline): number {
    return waits(timeline).reduce((sum, { start, end }) => sum + end - start, 0) / 1000;
}

/** Tells the phases of a command apart by the engine's events. */
export function phases(timeline: Timeline): Phases {
    const { start, end } = timeline;
    const steps = stepsOf(timeline);
    const own = steps.filter(({ op }) => op !== "refresh");
    const refreshed = steps.findLast(({ op }) => op === "refresh")?.at;
    const begun = steps[0]?.at ?? end;
    // The stack itself is made by the SDK before it loads the program, and default providers for
    // whatever the program asks.
    const makes = own.find(({ type }) => !type.startsWith(PROVIDER) && type !== STACK)?.at;
    const made = own.at(-1)?.at ?? end;
    const bounds = [start, begun, refreshed ?? begun, makes ?? made, made, end];
    const seconds = bounds.slice(1).map((to, index) => {
        const stretch = { start: bounds[index] ?? start, end: to };
        return (to - stretch.start - overlap(stretch, waits(timeline))) / 1000;
    });
    return Object.fromEntries(PHASES.map((name, index) => [name, seconds[index]])) as never;
}

const STACK = "pulumi:pulumi:Stack";
const PROVIDER = "pulumi:providers:";

/**
 * When nothing but a receiver was waited for.
 *
 * Two waits are configured rather than worked: watching a generation nobody uses, and the gate,
 * until the receiver has read its Secret and vmauth has answered a made-up credential, which it
 * does late on purpose. While the gate waits the engine may do other things; that is no waiting.
 */
function waits(timeline: Timeline): readonly Stretch[] {
    const { asked } = timeline;
    const watching = stretchOf(asked.filter(({ kind }) => kind === "metrics"));
    // Before anything changes, receivers are asked without a credential: that is work.
    const proving = stretchOf(
        asked.filter(({ kind, withCredential }) => withCredential || kind === "query"),
    );
    const idle = proving && {
        start: stepsOf(timeline)
            .map(({ at }) => at)
            .filter((at) => at < proving.end)
            .reduce((latest, at) => Math.max(latest, at), proving.start),
        end: proving.end,
    };
    return [watching, idle].flatMap((stretch) => stretch ?? []);
}

function stretchOf(requests: readonly FrontRequest[]): Stretch | undefined {
    if (requests.length === 0) return undefined;
    return {
        start: Math.min(...requests.map(({ start }) => start)),
        end: Math.max(...requests.map(({ end }) => end)),
    };
}

function overlap({ start, end }: Stretch, others: readonly Stretch[]): number {
    return others
        .map((other) => Math.min(end, other.end) - Math.max(start, other.start))
        .reduce((sum, length) => sum + Math.max(0, length), 0);
}

/** How many resources the program made or had, with the stack and the providers. */
export function countResources(timeline: Timeline): number {
    const own = stepsOf(timeline).filter(({ op }) => op !== "refresh");
    return new Set(own.map(({ urn }) => urn)).size;
}

function stepsOf({ marks }: Timeline): readonly (StepMetadata & { readonly at: number })[] {
    return marks.flatMap(({ at, event }) => {
        const metadata = (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata;
        return metadata ? [{ ...metadata, at }] : [];
    });
}
