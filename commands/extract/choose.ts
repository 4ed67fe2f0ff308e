import { type Candidate, doubtOf, kindRefusal, refusal } from "./place.ts";

/**
 * The find to adopt: the one `wanted` names (by its number from 1, or its place), else the only one
 * there is.
 *
 * Those that cannot be adopted for what they are do not compete; those whose value is elsewhere do.
 * Throws a one-line error that says what to do.
 */
export function choose(found: readonly Candidate[], wanted: string | undefined): Candidate {
    const chosen = wanted === undefined ? findOnly(found) : findWanted(found, wanted);
    const reason = refusal(chosen);
    if (reason !== undefined) throw new Error(`${chosen.place} cannot be adopted: ${reason}`);
    return chosen;
}

function findOnly(found: readonly Candidate[]): Candidate {
    const whole = found.filter((one) => kindRefusal(one) === undefined);
    const certain = whole.filter((one) => doubtOf(one) === undefined && refusal(one) === undefined);
    // What is in doubt, and holds what another is for certain, does not compete with that.
    const possible = whole.filter(
        (one) => doubtOf(one) === undefined || !certain.some(({ value }) => value === one.value),
    );
    const [first] = possible.length === 0 ? found : possible;
    if (!first)
        throw new Error("no remote-write credential found there: check that it is the right place");
    const same = possible.every(
        ({ kind, username, value }) =>
            value !== undefined &&
            value === first.value &&
            kind === first.kind &&
            username === first.username,
    );
    const sure = possible.find((one) => doubtOf(one) === undefined);
    if (sure !== undefined && (possible.length === 1 || same)) return sure;
    if (possible.length <= 1 || same) {
        // What cannot be adopted at all is told as such, doubt or not.
        if (refusal(first) !== undefined) return first;
        throw new Error(
            `${first.place} is not chosen by itself, as ${doubtOf(first) ?? ""}: if it is the one, give --choose 1`,
        );
    }
    throw new Error(
        `${possible.length} credentials could be adopted: choose one with --choose and its number`,
    );
}

function findWanted(found: readonly Candidate[], wanted: string): Candidate {
    const named = found.filter(({ place }) => isPlace(place, wanted));
    const [first] = named;
    if (first && named.length === 1) return first;
    const numbered = /^[0-9]+$/.test(wanted) ? found[Number(wanted) - 1] : undefined;
    if (numbered && named.length === 0) return numbered;
    throw new Error(
        `--choose must be a number from 1 to ${found.length}, or a place that is listed once`,
    );
}

/** A place is named whole, or without the file it is in and the file it refers to. */
function isPlace(place: string, wanted: string): boolean {
    const path = place.slice(place.indexOf(": ") + 2);
    return [place, path].some((one) => one === wanted || one.startsWith(`${wanted} (`));
}
