import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { startPart } from "./process.ts";
import type { ReceiverPart } from "./receiverPart.ts";

/** A Prometheus that takes pushes as its `web.yml` says, and passes them on at once. */
export function prometheusReceiverPart(command: string): ReceiverPart {
    return {
        kind: "prometheus",
        settings: () => ({ allowSampleLoss: "what is lost is counted" }),
        start: async ({ name, pod, port, store, logs }) => {
            await mkdir(pod, { recursive: true });
            const configuration = join(pod, "prometheus.yml");
            const url = `${store}/api/v1/write`;
            const queue_config = { batch_send_deadline: "100ms" };
            await writeFile(configuration, stringify({ remote_write: [{ url, queue_config }] }));
            const address = `127.0.0.1:${port}`;
            return startPart({
                name,
                command,
                args: [
                    `--config.file=${configuration}`,
                    `--storage.tsdb.path=${join(pod, "data")}`,
                    `--web.listen-address=${address}`,
                    `--web.config.file=${join(pod, "auth", "web.yml")}`,
                    "--web.enable-remote-write-receiver",
                ],
                logs,
                // It is asked without a credential, and refuses that.
                ready: async (signal) => {
                    const { status } = await fetch(`http://${address}/-/ready`, { signal });
                    return status === 401;
                },
            });
        },
    };
}
