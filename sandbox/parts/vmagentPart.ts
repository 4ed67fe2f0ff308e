import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { vmagentFlags } from "../../kinds/senders/vmagent.ts";
import type { Sender, SenderPlace } from "./senderPart.ts";
import { startServer } from "./serverPart.ts";

/** What a vmagent is started with. */
export interface VmagentOptions extends SenderPlace {
    /** Path of the program. */
    readonly command: string;
}

/** Starts a vmagent on loopback, with the flags users are told; resolves when it answers. */
export async function startVmagent(options: VmagentOptions): Promise<Sender> {
    const { name, command, pod, target, url, login, logs } = options;
    const configuration = join(pod, "scrape.yml");
    const scrape = { job_name: "exporter", static_configs: [{ targets: [target] }] };
    const text = stringify({ global: { scrape_interval: "500ms" }, scrape_configs: [scrape] });
    await writeFile(configuration, text);
    return startServer({
        name,
        command,
        logs,
        ready: "/health",
        args: (address) => [
            `-httpListenAddr=${address}`,
            `-promscrape.config=${configuration}`,
            `-remoteWrite.tmpDataPath=${join(pod, "queue")}`,
            "-remoteWrite.flushInterval=1s",
            // The store, a Prometheus, takes the samples of a series in their order alone.
            "-remoteWrite.queues=1",
            ...vmagentFlags({ url, ...login }, join(pod, "write-credential")),
        ],
    });
}
