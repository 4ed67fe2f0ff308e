import { waitFor } from "../parts/process.ts";

/** How long a sender may take to deliver what it has scraped. */
const DELIVERY_SECONDS = 60;

/** What a store holds of an exporter: the values of each of its series. */
type Held = readonly (readonly number[])[];

/** Whether a store holds anything of an exporter of this source. */
export async function hasDelivered(store: string, source: string): Promise<boolean> {
    return (await readHeld(store, source)).length > 0;
}

/**
 * How many samples of an exporter's scrapes a store holds, from one to another of them, once a later
 * one has arrived in each series. A sender delivers those of a series in their order: what has not
 * arrived by then is lost.
 */
export async function countDelivered(
    store: string,
    source: string,
    { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
    const held = await waitFor(
        "a later scrape in the store",
        async () => {
            const series = await readHeld(store, source);
            return series.every((values) => Math.max(...values) > to) && series;
        },
        { withinSeconds: DELIVERY_SECONDS, everySeconds: 0.5 },
    );
    const within = (values: readonly number[]) =>
        new Set(values.filter((value) => value >= from && value <= to)).size;
    return held.reduce((sum, values) => sum + within(values), 0);
}

async function readHeld(store: string, source: string): Promise<Held> {
    const query = `sandbox_scrapes_total{source="${source}"}[1h]`;
    const parameters = new URLSearchParams({ query });
    const response = await fetch(`${store}/api/v1/query?${parameters.toString()}`);
    if (!response.ok) throw new Error(`${query}: ${response.status}`);
    const { data } = (await response.json()) as {
        data: { result: { values: [number, string][] }[] };
    };
    return data.result.map(({ values }) => values.map(([, value]) => Number(value)));
}
