import * as z from "zod";
import type { Resources } from "../holders/holder.ts";
import { decode } from "../holders/kubernetesSecret.ts";
import type { Entry, Files } from "../kinds/receiverKind.ts";
import { RECEIVERS } from "../kinds/receivers.ts";
import { isLabel } from "../rotation/generation.ts";
import type { Adoption, RecordedUse } from "../rotation/recordedUse.ts";
import type { RotationRecord } from "../rotation/record.ts";
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
const dataSchema = z.object({ data: z.record(z.string(), z.unknown()) });

/** What is recorded of the generations. */
export function generationsIn(
    resources: Resources,
): Pick<RecordedUse, "kept" | "values" | "labels" | "refused" | "adoptions"> {
    const made = valuesMade(resources);
    const adoptions = adoptionsIn(stashed(resources, "WriteCredential", "-adopted"));
    const adopted = Object.entries(adoptions).flatMap(([name, { value }]) =>
        value === undefined ? [] : [[name, value] as const],
    );
    return {
        kept: [...made.keys()],
        values: {
            ...valuesLetIn(resources),
            ...Object.fromEntries(adopted),
            ...Object.fromEntries(made),
        },
        labels: labelsIn(stashed(resources, "WriteCredential", "-labels")),
        refused: labelsIn(stashed(resources, "WriteCredential", "-refused")),
        adoptions,
    };
}

/** A generation's label is recorded with what it is made from, before any Secret can hold it. */
export function knownLabels(
    resources: Resources,
    record: RotationRecord | undefined,
): ReadonlySet<string> {
    const credential = childrenOf(resources, "WriteCredential");
    const { kept, labels } = generationsIn(resources);
    const adopted = credential.flatMap(
        ([, { outputs }]) => saltSchema.safeParse(outputs).data?.keepers.adopted ?? [],
    );
    const { accepted = [], retired = [] } = (record ?? {}) as Partial<RotationRecord>;
    return new Set([...kept, ...labels, ...adopted, ...accepted, ...retired]);
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

/** By label, the values that receivers let in. */
function valuesLetIn(resources: Resources): Readonly<Record<string, string>> {
    const entries = childrenOf(resources, "Receiver").flatMap(([, { outputs }]) =>
        entriesOf(decode(dataSchema.safeParse(outputs).data?.data)),
    );
    return Object.fromEntries(
        entries.flatMap(({ label, value }) =>
            label === undefined || value === undefined ? [] : [[label, value] as const],
        ),
    );
}

/** Whom files let in, by the first kind of receiver that can read them. */
function entriesOf(files: Files): readonly Entry[] {
    for (const kind of Object.values(RECEIVERS)) {
        try {
            const entries = kind.parse(files);
            if (entries) return entries;
        } catch {
            // Broken by hand: the update writes them anew.
        }
    }
    return [];
}
