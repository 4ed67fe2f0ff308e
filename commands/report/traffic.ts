/** A counter as it was scraped. */
export interface Counter {
    readonly labels: Readonly<Record<string, string>>;
    /** Unix seconds and value, in the order of time. */
    readonly points: readonly (readonly [at: number, value: number])[];
}

/** From when to when, in Unix seconds. */
export interface Window {
    readonly from: number;
    readonly to: number;
}

/** What was pushed while one generation handed over to another. */
export interface Traffic extends Window {
    /** Requests a second with each generation that was used, in steps of equal length. */
    readonly generations: readonly { readonly label: string; readonly rates: readonly number[] }[];
    readonly senders: readonly Delivery[];
}

/** What a sender delivered. */
export interface Delivery {
    readonly sender: string;
    /** Samples it sent, lost ones among them. */
    readonly sent: number;
    /** Samples it gave up. */
    readonly lost: number;
}

/** What was counted. */
export interface Counted {
    /** Requests that receivers let in; `username` is the generation. */
    readonly requests: readonly Counter[];
    /** Samples that senders sent, or tried to; `instance` is the sender. */
    readonly sent: readonly Counter[];
    /** Samples that senders gave up. */
    readonly lost: readonly Counter[];
}

const MOST_STEPS = 90; // as many as a screen tells apart
const LEAST_STEPS = 15;
const REQUESTS = 6; // in a step, about: with fewer a rate is noise

/**
 * What was pushed in a window.
 *
 * @param labels The generations there are, in their order; what has another name is none.
 */
export function describeTraffic(
    { requests, sent, lost }: Counted,
    labels: readonly string[],
    window: Window,
): Traffic {
    const of = (label: string) => requests.filter((one) => one.labels["username"] === label);
    const total = sum(labels.flatMap(of).map((one) => increase(one, window).grown));
    const steps = Math.min(MOST_STEPS, Math.max(LEAST_STEPS, Math.floor(total / REQUESTS)));
    const generations = labels.map((label) => ({ label, rates: rates(of(label), window, steps) }));
    const names = new Set([...sent, ...lost].map(nameOf));
    const count = (counters: readonly Counter[], name: string) =>
        Math.round(
            sum(
                counters
                    .filter((one) => nameOf(one) === name)
                    .map((one) => increase(one, window).grown),
            ),
        );
    return {
        ...window,
        generations: generations.filter((one) => one.rates.some((rate) => rate > 0)),
        senders: [...names].sort().map((sender) => ({
            sender,
            sent: count(sent, sender),
            lost: count(lost, sender),
        })),
    };
}

function nameOf({ labels }: Counter): string {
    return labels["instance"] ?? labels["job"] ?? "";
}

/**
 * How much counters grow a second, in each step of a window. What was counted between two scrapes
 * is spread over the time between them, however far apart they are.
 */
export function rates(
    counters: readonly Counter[],
    { from, to }: Window,
    steps = MOST_STEPS,
): readonly number[] {
    const length = (to - from) / steps;
    return Array.from({ length: steps }, (_, index) => {
        const step = { from: from + index * length, to: from + (index + 1) * length };
        return sum(
            counters.map((counter) => {
                const { grown, seconds } = increase(counter, step);
                return seconds === 0 ? 0 : grown / seconds;
            }),
        );
    });
}

/** How much a counter, which may begin anew at nothing, grows within a window, and in how much of it it was scraped. */
function increase(
    { points }: Counter,
    { from, to }: Window,
): { readonly grown: number; readonly seconds: number } {
    const parts = points.slice(1).map(([at, value], index) => {
        const [before, former] = points[index] ?? [at, value];
        const seconds = Math.max(0, Math.min(at, to) - Math.max(before, from));
        const added = value < former ? value : value - former;
        return { seconds, grown: seconds === 0 ? 0 : (added * seconds) / (at - before) };
    });
    return {
        grown: sum(parts.map(({ grown }) => grown)),
        seconds: sum(parts.map(({ seconds }) => seconds)),
    };
}

function sum(numbers: readonly number[]): number {
    return numbers.reduce((one, other) => one + other, 0);
}
