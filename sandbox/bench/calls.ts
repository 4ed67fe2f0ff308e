import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { Cluster } from "../kubernetes/cluster.ts";

/** What only the sandbox's own kubelet and the API server itself do without end. */
const STANDING = new Set(["WATCH"]);

/** What an update asks for; the API server asks itself for other things all the time. */
const ASKED = new Set(["secrets", "configmaps", "events"]);

/** How many requests for Secrets, ConfigMaps and events a cluster's API server has answered. */
export async function countKubernetesCalls({ url, admin }: Cluster): Promise<number> {
    return parseCalls(await readMetrics(url, admin));
}

/** The requests in the text of an API server's `/metrics`. */
export function parseCalls(metrics: string): number {
    const series = /^apiserver_request_total\{([^}]*)\} (\S+)$/gm;
    let calls = 0;
    for (const [, labels = "", count] of metrics.matchAll(series)) {
        const label = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
        if (ASKED.has(label("resource")) && !STANDING.has(label("verb"))) calls += Number(count);
    }
    return calls;
}

async function readMetrics(url: string, admin: Cluster["admin"]): Promise<string> {
    const options = { agent: undefined };
    await admin.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
        request(`${url}/metrics`, options, (response) => {
            text(response).then(resolve, reject);
        })
            .on("error", reject)
            .end();
    });
}
