import type { Outlook } from "../../rotation/outlook.ts";
import { describeObjects, type Line } from "./objects.ts";
import type { Asked, Diagnostic } from "./ask.ts";

/** What an update will do, in words. No secret is in it. */
export interface Preview {
    /** In a sentence. */
    readonly summary: string;
    readonly generations: readonly Line[];
    readonly senders: readonly Line[];
    /** What the update waits for, and how long. */
    readonly waits: readonly string[];
    /** Objects that change for another reason than the rotation. */
    readonly others: readonly Line[];
    readonly warnings: readonly string[];
    /** Why the update is refused; nothing changes then. */
    readonly errors: readonly string[];
    /** How many objects would be made, changed or removed. */
    readonly changes: number;
}

/** What an update will do, from its plan and from what the engine says of objects. */
export function describePreview({ outlook, steps, diagnostics }: Asked): Preview {
    const { others, changes } = describeObjects(steps, outlook?.rotates === true);
    const said = (severity: string) =>
        diagnostics.filter((one) => one.severity === severity).map(textOf);
    const errors = said("error");
    const [generations, senders, waits] = outlook
        ? [describeGenerations(outlook), describeSenders(outlook), describeWaits(outlook)]
        : [[], [], []];
    return {
        summary: errors.length > 0 ? REFUSED : summarise(outlook, changes),
        generations: errors.length > 0 ? [] : generations,
        senders: errors.length > 0 ? [] : senders,
        waits: errors.length > 0 ? [] : [...said("info"), ...waits],
        others,
        warnings: said("warning"),
        errors,
        changes,
    };
}

const REFUSED = "The update is refused: nothing would change.";

/** What it says, without the engine's own prefix. */
export function textOf({ message }: Pick<Diagnostic, "message">): string {
    return message.trim().replace(/^(?:error|warning): /, "");
}

function summarise(outlook: Outlook | undefined, changes: number): string {
    if (!outlook) return "The engine does not say what becomes of generations.";
    const { current, former, made, rotates } = outlook;
    if (changes === 0) return `Nothing changes: ${current} stays current.`;
    if (!rotates) return `No rotation: ${current} stays current.`;
    if (former === undefined) return `The first deployment, with ${current}.`;
    if (former === current) return describeEnd(outlook);
    if (outlook.goesBack) return `Goes back from ${former} to ${current}: nothing is generated.`;
    return made
        ? `Rotates from ${former} to ${current}.`
        : `Goes on with ${current}, after ${former}.`;
}

/** A plan that leaves the current generation is for those it leaves behind. */
function describeEnd({ current, retired, leaked }: Outlook): string {
    const ended = [...retired, ...(leaked?.now ? [leaked.label] : [])];
    return ended.length > 0
        ? `Has receivers refuse ${ended.join(", ")} for good; ${current} stays current.`
        : `Writes and proves every Secret anew; ${current} stays current.`;
}

function describeGenerations(outlook: Outlook): readonly Line[] {
    const { current, made, former, kept, dropped, retired, leaked, rotates } = outlook;
    const inUse = Object.values(outlook.senders);
    const becomes = made
        ? "is made, and sealed into the mirror before anybody gets it"
        : former === current || !rotates
          ? "stays current"
          : "is there already: nothing is generated";
    const lines = (labels: readonly string[], what: (label: string) => string) =>
        labels.map((name) => ({ name, what: what(name) }));
    return [
        { name: current, what: becomes },
        ...lines(
            kept.filter((label) => label !== leaked?.label),
            (label) =>
                inUse.includes(label) && rotates
                    ? "stays accepted, as senders use it"
                    : "stays accepted",
        ),
        ...lines(dropped, () => "is dropped, if nobody uses it"),
        ...lines(retired, () => "is refused from now on, if nobody uses it"),
        ...(leaked ? [{ name: leaked.label, what: describeLeak(leaked) }] : []),
    ];
}

function describeLeak({ reason, now }: NonNullable<Outlook["leaked"]>): string {
    return now
        ? `is refused, whoever uses it: ${reason}`
        : `has leaked (${reason}): it is refused once receivers accept the new one, by the next update`;
}

function describeSenders({ current, senders }: Outlook): readonly Line[] {
    return Object.entries(senders)
        .filter(([, former]) => former !== current)
        .map(([name, former]) => ({
            name,
            what:
                former === undefined
                    ? `gets ${current}`
                    : `switches from ${former} to ${current}, once every receiver is proven to accept it`,
        }));
}

function describeWaits(outlook: Outlook): readonly string[] {
    const { current, receivers, retired, leaked, rotates } = outlook;
    const each = `each receiver (${receivers.join(", ")})`;
    const limit = `${outlook.projectionLimitSeconds} s at most`;
    const ended = [...retired, ...(leaked?.now ? [leaked.label] : [])];
    return [
        ...(rotates
            ? [
                  `the gate asks ${each} until it accepts ${current}, ${limit}, and refuses a made-up one`,
              ]
            : []),
        ...(ended.length > 0
            ? [`at the end it asks ${each} until it refuses ${ended.join(", ")}, ${limit}`]
            : []),
    ];
}
