import type { RotationRecord } from "../../rotation/record.ts";
import { isoTime } from "../recover/mirrorSource.ts";

/** From when to when, ISO 8601; `to` is undefined where it goes on. */
export interface Span {
    readonly from: string;
    readonly to: string | undefined;
}

/** What became of a generation, by records. */
export interface Life {
    readonly label: string;
    /** When receivers accepted it. */
    readonly accepted: readonly Span[];
    /** When it was what senders were to use. */
    readonly used: readonly Span[];
    /** Whether receivers were seen to refuse it after it was retired. */
    readonly refused: boolean;
}

/**
 * What became of each generation, in the order in which they came.
 *
 * @param records The oldest first. One that says no date tells nothing here.
 */
export function describeLives(records: readonly RotationRecord[]): readonly Life[] {
    const dated = records.flatMap((record) => {
        const at = isoTime(record.finished);
        return at === undefined ? [] : [{ record, at }];
    });
    const spans = (holds: (record: RotationRecord) => boolean): readonly Span[] => {
        const found: Span[] = [];
        let from: string | undefined;
        for (const { record, at } of dated) {
            if (holds(record)) from ??= at;
            else if (from !== undefined) {
                found.push({ from, to: at });
                from = undefined;
            }
        }
        return from === undefined ? found : [...found, { from, to: undefined }];
    };
    // The first record of several accepts the newest first.
    const labels = new Set(dated.flatMap(({ record }) => record.accepted.toReversed()));
    return [...labels].map((label) => ({
        label,
        accepted: spans(({ accepted }) => accepted.includes(label)),
        used: spans(({ generation }) => generation === label),
        refused: dated.some(({ record }) => record.retired.includes(label)),
    }));
}
