import * as z from "zod";
import type { Resources } from "../holders/holder.ts";
import { isLabel } from "../rotation/generation.ts";
import type { Adoption, RecordedUse } from "../rotation/recordedUse.ts";
import type { RotationRecord } from "../rotation/record.ts";
import type { Opened } from "./recordedReceivers.ts";
import { childrenOf, nameOf, STASH } from "./resources.ts";

const label = z.string().refine(isLabel);
const passwordSchema = z.object({ keepers: z.object({ rotation: label }), result: z.unknown() });
const saltSchema = z.object({ keepers: z.object({ adopted: label }) });
const inputSchema = z.object({ input: z.unknown() });
const adoptionSchema = z.object({
    salt: z.string(),
    fingerprint: z.string(),
    username: z.string().optional(),
    value: z.string().optional(),
});

/** What is recorded of the generations. */
export type RecordedGenerations = Pick<
    RecordedUse,
    "kept" | "values" | "labels" | "refused" | "adoptions"
>;

/** What is recorded of the generations; `letIn` are the values by label that receivers let in. */
export function generationsIn(
    resources: Resources,
    letIn: Readonly<Record<string, string>>,
): RecordedGenerations {
    const made = valuesMade(resources);
    const adoptions = adoptionsIn(stashed(resources, "WriteCredential", "-adopted"));
    const adopted = Object.entries(adoptions).flatMap(([name, { value }]) =>
        value === undefined ? [] : [[name, value] as const],
    );
    return {
        kept: [...made.keys()],
        values: {
            ...letIn,
            ...Object.fromEntries(adopted),
            ...Object.fromEntries(made),
        },
        labels: labelsIn(stashed(resources, "WriteCredential", "-labels")),
        refused: labelsIn(stashed(resources, "WriteCredential", "-refused")),
        adoptions,
    };
}

/**
 * A generation's label is recorded with what it is made from, before any Secret can hold it. In a
 * state that is older than the cluster and was refreshed, what receivers let in has it alone.
 */
export function knownLabels(
    resources: Resources,
    record: RotationRecord | undefined,
    { kept, labels }: Pick<RecordedGenerations, "kept" | "labels">,
    { logins }: Pick<Opened, "logins">,
): ReadonlySet<string> {
    const adopted = childrenOf(resources, "WriteCredential").flatMap(
        ([, { outputs }]) => saltSchema.safeParse(outputs).data?.keepers.adopted ?? [],
    );
    const { accepted = [], retired = [] } = (record ?? {}) as Partial<RotationRecord>;
    const letIn = Object.values(logins).flatMap((one) => Object.keys(one));
    return new Set([...kept, ...labels, ...adopted, ...accepted, ...retired, ...letIn]);
}

/** What is in the stash of a component whose name ends so; anything may be. */
function stashed(resources: Resources, component: string, ending: string): unknown {
    const [, stash] =
        childrenOf(resources, component).find(
            ([urn, { type }]) => type === STASH && nameOf(urn).endsWith(ending),
        ) ?? [];
    return inputSchema.safeParse(stash?.outputs).data?.input;
}

function labelsIn(content: unknown): readonly string[] {
    const labels: readonly unknown[] = Array.isArray(content) ? content : [];
    return labels.flatMap((one) => label.safeParse(one).data ?? []);
}

function adoptionsIn(content: unknown): Readonly<Record<string, Adoption>> {
    if (typeof content !== "object" || content === null) return {};
    return Object.fromEntries(
        Object.entries(content).flatMap(([name, adoption]) => {
            const whole = adoptionSchema.safeParse(adoption).data;
            return whole ? [[name, whole] as const] : [];
        }),
    );
}

/** By label, the values of the passwords; a command that may not read secrets sees none. */
function valuesMade(resources: Resources): ReadonlyMap<string, string> {
    return new Map(
        childrenOf(resources, "WriteCredential").flatMap(([, { outputs }]) => {
            const { keepers, result } = passwordSchema.safeParse(outputs).data ?? {};
            if (keepers === undefined) return [];
            return [[keepers.rotation, typeof result === "string" ? result : ""] as const];
        }),
    );
}
