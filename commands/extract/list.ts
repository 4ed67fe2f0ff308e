import type { Candidate, Machine, Source } from "./place.ts";
import { toPrintable } from "./suspicion.ts";

/**
 * Finds what a source finds, with each place once: where two are called alike, as in a file of
 * several documents, the second has `#2` behind it. Names have lost what a terminal would obey.
 */
export async function listCandidates(
    source: Source,
    args: readonly string[],
    options: Readonly<Record<string, string | undefined>>,
    machine: Machine,
): Promise<readonly Candidate[]> {
    const counts = new Map<string, number>();
    return (await source.find(args, options, machine)).map((candidate) => {
        const place = toPrintable(candidate.place);
        const count = (counts.get(place) ?? 0) + 1;
        counts.set(place, count);
        return { ...candidate, place: count === 1 ? place : `${place} #${count}` };
    });
}
