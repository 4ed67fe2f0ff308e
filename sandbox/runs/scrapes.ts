import { type Exporter, startExporter } from "../parts/exporter.ts";
import { waitFor } from "../parts/process.ts";

const SERIES = 400; // scraped twice a second
/** So many must be sent while it is watched, so that a loss cannot hide in the noise. */
const SAMPLES = 10_000;
/** How long a sender may take to deliver what it has scraped. */
const DELIVERY_SECONDS = 60;

/** What a store holds of an exporter: the values of each of its series. */
type Held = readonly (readonly number[])[];

/** What a sender scraped in an interval, and how much of it never arrived. */
export interface ScrapeCount {
    readonly sent: number;
    readonly lost: number;
}

/** An exporter that one sender scrapes, and what of it arrives in a store. */
export class Scrapes {
    /** What the sender scrapes, as host and port. */
    readonly target: string;
    readonly #exporter: Exporter;
    readonly #source: string;
    /** The URL of a Prometheus; many exporters may end up in one. */
    readonly #store: string;

    constructor(exporter: Exporter, source: string, store: string) {
        this.target = exporter.target;
        this.#exporter = exporter;
        this.#source = source;
        this.#store = store;
    }

    /** Waits until something arrives; resolves to the scrape that comes next. */
    async begin(): Promise<number> {
        const arrived = async () => (await this.#readHeld()).length > 0;
        const limits = { withinSeconds: 60, everySeconds: 0.2 };
        await waitFor("the first sample in the store", arrived, limits);
        return this.#exporter.scrapes() + 1;
    }

    /** Whether so much was sent since a scrape that a loss would show. */
    suffice(from: number): boolean {
        return (this.#exporter.scrapes() - from) * SERIES > SAMPLES;
    }

    /**
     * Counts what was sent since a scrape, and what of it is lost, once a later scrape has arrived
     * in each series. A sender delivers those of a series in their order: what has not arrived by
     * then is lost.
     */
    async count(from: number): Promise<ScrapeCount> {
        const to = this.#exporter.scrapes();
        const held = await waitFor(
            "a later scrape in the store",
            async () => {
                const series = await this.#readHeld();
                return series.every((values) => Math.max(...values) > to) && series;
            },
            { withinSeconds: DELIVERY_SECONDS, everySeconds: 0.5 },
        );
        const within = (values: readonly number[]) =>
            new Set(values.filter((value) => value >= from && value <= to)).size;
        const sent = (to - from + 1) * SERIES;
        return { sent, lost: sent - held.reduce((sum, values) => sum + within(values), 0) };
    }

    async stop(): Promise<void> {
        await this.#exporter.stop();
    }

    async #readHeld(): Promise<Held> {
        const query = `sandbox_scrapes_total{source="${this.#source}"}[1h]`;
        const parameters = new URLSearchParams({ query });
        const response = await fetch(`${this.#store}/api/v1/query?${parameters.toString()}`);
        if (!response.ok) throw new Error(`${query}: ${response.status}`);
        const { data } = (await response.json()) as {
            data: { result: { values: [number, string][] }[] };
        };
        return data.result.map(({ values }) => values.map(([, value]) => Number(value)));
    }
}

/** Starts what a sender scrapes; `source` tells it from others in the store. */
export async function startScrapes(source: string, store: string): Promise<Scrapes> {
    return new Scrapes(await startExporter(SERIES, source), source, store);
}
