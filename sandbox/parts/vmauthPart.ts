import { join } from "node:path";
import { type Part, startPart } from "./process.ts";
import type { ReceiverPart } from "./receiverPart.ts";

/** vmauth, which looks at its file every second. */
export function vmauthPart(command: string): ReceiverPart {
    return {
        kind: "vmauth",
        metrics: "/metrics",
        settings: ({ store }) => ({ upstream: store }),
        start: ({ pod, ...place }) =>
            startVmauth({ ...place, command, configuration: join(pod, "auth", "auth.yml") }),
    };
}

/** What a vmauth is started with. */
export interface VmauthOptions {
    readonly name: string;
    /** Path of the program. */
    readonly command: string;
    /** Its `auth.yml`, looked at every second. */
    readonly configuration: string;
    /** The port to listen on: senders must know it before vmauth can run. */
    readonly port: number;
    readonly logs: string;
}

/** Starts a vmauth on loopback and resolves when it answers. */
export async function startVmauth(options: VmauthOptions): Promise<Part> {
    const address = `127.0.0.1:${options.port}`;
    return startPart({
        name: options.name,
        command: options.command,
        args: [
            `-auth.config=${options.configuration}`,
            "-configCheckInterval=1s",
            `-httpListenAddr=${address}`,
        ],
        logs: options.logs,
        ready: async (signal) => (await fetch(`http://${address}/health`, { signal })).ok,
    });
}
