import { formsOf } from "../../text/forms.ts";

/** What must not be found, by what to call it in its place. */
export type Known = ReadonlyMap<string, string>;

/** A text that is searched, and where it is from. Bytes are read as latin1. */
export type Place = readonly [where: string, text: string];

const SHORTEST = 32; // a shorter needle would be found by chance, or in part of a word

const BLOCK = SHORTEST / 2; // wherever a needle lies, it holds a whole block of the text

/** Searches for secrets in every form they could have been written in. */
export class Scanner {
    readonly #needles: readonly (readonly [what: string, needle: string])[];
    /** The needles a block may be part of: hundreds are looked for in one pass over a text. */
    readonly #blocks = new Map<string, Set<string>>();

    /** @param known Names by secret. */
    constructor(known: Known) {
        this.#needles = [...known].flatMap(([secret, name]) => {
            if (secret.length < SHORTEST) {
                throw new Error(`too short to search for: ${secret.length}`);
            }
            return [...formsOf(secret)].map(
                ([needle, form]) => [`${name} as ${form}`, needle] as const,
            );
        });
        for (const [, needle] of this.#needles) {
            for (let at = 0; at + BLOCK <= needle.length; at += 1) {
                const block = needle.slice(at, at + BLOCK);
                this.#blocks.set(block, (this.#blocks.get(block) ?? new Set()).add(needle));
            }
        }
    }

    /** What is found where, without saying it. */
    find(places: Iterable<Place>): string[] {
        return [...places].flatMap(([where, text]) => {
            const found = this.#findIn(text);
            return this.#needles
                .filter(([, needle]) => found.has(needle))
                .map(([what]) => `${where}: ${what}`);
        });
    }

    #findIn(text: string): ReadonlySet<string> {
        const found = new Set<string>();
        for (let at = 0; at + BLOCK <= text.length; at += BLOCK) {
            for (const needle of this.#blocks.get(text.slice(at, at + BLOCK)) ?? []) {
                if (!found.has(needle) && text.includes(needle)) found.add(needle);
            }
        }
        return found;
    }
}
