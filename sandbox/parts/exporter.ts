import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What a sender scrapes: a fixed number of counters that grow by one at every scrape. */
export interface Exporter {
    /** Host and port, as a scrape target. */
    readonly target: string;
    /** How often it was scraped: the value of each counter. */
    scrapes(): number;
    stop(): Promise<void>;
}

/**
 * Starts an exporter of `series` counters on loopback, at `/metrics`.
 *
 * @param source Tells them from those of other exporters, in a label. Defaults to none.
 */
export async function startExporter(series: number, source?: string): Promise<Exporter> {
    const label = source === undefined ? "" : `,source="${source}"`;
    let scrapes = 0;
    const server = createServer((_request, response) => {
        scrapes += 1;
        const lines = Array.from(
            { length: series },
            (_, index) => `sandbox_scrapes_total{series="${index}"${label}} ${scrapes}\n`,
        );
        // Prometheus 3 refuses to guess the format of an answer without a content type.
        response.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        response.end(`# TYPE sandbox_scrapes_total counter\n${lines.join("")}`);
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    return { target: `127.0.0.1:${port}`, scrapes: () => scrapes, stop: () => close(server) };
}

async function close(server: Server): Promise<void> {
    await new Promise<void>((resolve) => {
        server.close(() => {
            resolve();
        });
        server.closeAllConnections();
    });
}
