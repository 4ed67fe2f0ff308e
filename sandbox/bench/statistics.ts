/** The middle of some values; of an even number of them the mean of the two in the middle. */
export function median(values: readonly number[]): number {
    if (values.length === 0) throw new Error("nothing was measured");
    const sorted = values.toSorted((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
    return sorted.length % 2 === 0 ? (low + high) / 2 : high;
}

/** A number of senders and what was measured with them. */
export type Point = readonly [senders: number, value: number];

/**
 * What each further sender adds, between one number of senders and the next: the same everywhere
 * where growth is linear.
 */
export function growth(points: readonly Point[]): readonly number[] {
    return points.slice(1).map(([senders, value], index) => {
        const [before = 0, former = 0] = points[index] ?? [];
        return (value - former) / (senders - before);
    });
}
