import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { collectorConfiguration } from "../../kinds/senders/collector.ts";
import type { Sender, SenderPlace } from "./senderPart.ts";
import { startServer } from "./serverPart.ts";

/** What a collector is started with. */
export interface CollectorOptions extends SenderPlace {
    /** Path of the program. */
    readonly command: string;
}

/** Starts a collector on loopback, with the configuration users are told; resolves when it answers. */
export async function startCollector(options: CollectorOptions): Promise<Sender> {
    const { name, command, pod, logs } = options;
    const configuration = join(pod, "collector.yaml");
    return startServer({
        ...{ name, command, logs, ready: "/metrics" },
        args: async (address) => {
            const port = Number(new URL(`http://${address}`).port);
            await writeFile(configuration, stringify(configure(options, port)));
            return [`--config=${configuration}`];
        },
    });
}

/** What users are told, with something to scrape, and with metrics of its own to be ready by. */
function configure({ pod, target, url, login }: SenderPlace, port: number): object {
    const told = collectorConfiguration(
        { name: "central", url, ...login },
        join(pod, "write-credential"),
    );
    const scrape = {
        job_name: "exporter",
        scrape_interval: "500ms",
        static_configs: [{ targets: [target] }],
    };
    const exporters = Object.entries(told.exporters).map(([key, exporter]) => [
        key,
        // The store, a Prometheus, takes the samples of a series in their order alone.
        { ...exporter, remote_write_queue: { num_consumers: 1 } },
    ]);
    const pull = { exporter: { prometheus: { host: "127.0.0.1", port } } };
    return {
        ...told,
        receivers: { prometheus: { config: { scrape_configs: [scrape] } } },
        exporters: Object.fromEntries(exporters) as object,
        service: {
            ...told.service,
            pipelines: {
                metrics: { ...told.service.pipelines.metrics, receivers: ["prometheus"] },
            },
            telemetry: { metrics: { readers: [{ pull }] } },
        },
    };
}
