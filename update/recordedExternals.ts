import * as z from "zod";
import type { Resources } from "../holders/holder.ts";
import { isLabel } from "../rotation/generation.ts";
import type { Remembered } from "../rotation/recordedUse.ts";
import { nameOf, STASH } from "./resources.ts";

const labels = z.array(z.string().refine(isLabel));
const stashSchema = z.object({
    input: z.object({
        current: z.string().refine(isLabel),
        accepted: labels,
        revision: z.int().nonnegative(),
        refused: labels,
    }),
});

/** What is remembered of those that read no Secret of ours, from what is theirs, by name. */
export function externalsIn(resources: Resources): Readonly<Record<string, Remembered>> {
    return Object.fromEntries(
        resources.flatMap(([urn, { type, outputs }]) => {
            const stashed = type === STASH ? stashSchema.safeParse(outputs).data : undefined;
            return stashed ? [[nameOf(urn), stashed.input] as const] : [];
        }),
    );
}
