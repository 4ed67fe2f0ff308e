import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { alloyConfiguration } from "../../kinds/senders/alloy.ts";
import type { Sender, SenderPlace } from "./senderPart.ts";
import { startServer } from "./serverPart.ts";

/** What an Alloy is started with. */
export interface AlloyOptions extends SenderPlace {
    /** Path of the program. */
    readonly command: string;
}

/** Starts an Alloy on loopback, with the configuration users are told; resolves when it answers. */
export async function startAlloy(options: AlloyOptions): Promise<Sender> {
    const { pod, target, url, login } = options;
    const told = alloyConfiguration(
        { name: "central", url, ...login },
        join(pod, "write-credential"),
    );
    return runAlloy(options, `${told}\n${scrape(target)}`);
}

/** Starts an Alloy with a configuration. */
export async function runAlloy(
    { name, command, pod, logs }: Pick<AlloyOptions, "name" | "command" | "pod" | "logs">,
    text: string,
): Promise<Sender> {
    const configuration = join(pod, "config.alloy");
    await writeFile(configuration, text);
    return startServer({
        name,
        command,
        logs,
        ready: "/-/ready",
        args: (address) => [
            "run",
            `--server.http.listen-addr=${address}`,
            `--storage.path=${join(pod, "data")}`,
            "--disable-reporting",
            configuration,
        ],
    });
}

/** What has an Alloy scrape something, and push it. */
export function scrape(target: string): string {
    return `prometheus.scrape "exporter" {
    targets         = [{ __address__ = "${target}" }]
    forward_to      = [prometheus.remote_write.write.receiver]
    job_name        = "exporter"
    scrape_interval = "500ms"
    scrape_timeout  = "500ms"
}
`;
}
