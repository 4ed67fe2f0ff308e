import { type Note, type Scene, type Spot, WEIGHTS } from "./spot.ts";
import { toPrintable } from "../suspicion.ts";

const MOST_SHOWN = 3; // a line of an error is read, a list of hundreds is not

/** Keeps a note of a spot. */
export function note({ path, scene }: Spot, weight: Note["weight"], text: string): void {
    keep(
        scene,
        weight,
        path === "" ? `${scene.file.name} ${text}` : `${scene.file.name}: ${path} ${text}`,
    );
}

/** Keeps a note of a whole text. */
export function keep({ shared }: Scene, weight: Note["weight"], text: string): void {
    shared.notes.push({ weight, text: toPrintable(text) });
}

/** The notes in one line, the weightiest first; undefined where there are none. */
export function sayNotes(notes: readonly Note[]): string | undefined {
    const ordered = WEIGHTS.flatMap((weight) => notes.filter((one) => one.weight === weight));
    const texts = [...new Set(ordered.map(({ text }) => text))];
    if (texts.length === 0) return undefined;
    const more = texts.length > MOST_SHOWN ? `; and ${texts.length - MOST_SHOWN} more` : "";
    return texts.slice(0, MOST_SHOWN).join("; ") + more;
}
