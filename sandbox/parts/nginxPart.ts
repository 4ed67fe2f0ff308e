import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quote } from "../../text/quote.ts";
import type { Program } from "../toolchain/debian.ts";
import { documented } from "./documented.ts";
import { type Part, startPart } from "./process.ts";
import type { ReceiverPart, ReceiverPlace } from "./receiverPart.ts";

const COUNTERS = "/write-use/";

/** nginx as users are told to configure it. */
export function nginxPart(program: Program): ReceiverPart {
    return {
        kind: "nginx",
        metrics: COUNTERS,
        settings: () => ({}),
        start: (place) => startNginx(program, place),
    };
}

async function startNginx({ path, environment }: Program, place: ReceiverPlace): Promise<Part> {
    const { name, pod, port, logs } = place;
    const configuration = await writeConfiguration(place);
    const nginx = `${quote(path)} -c ${quote(configuration)}`;
    const reloading = await documented("nginx", "sh", {
        "/etc/nginx/write-credential": join(pod, "auth"),
        "nginx -s reload": `${nginx} -s reload`,
        "sleep 5": "sleep 1",
    });
    return startPart({
        name,
        command: "/bin/sh",
        args: ["-c", `${reloading}exec ${nginx}`],
        logs,
        env: environment,
        ready: async (signal) =>
            (await fetch(`http://127.0.0.1:${port}${COUNTERS}`, { signal })).ok,
    });
}

/** What stands around the example of the docs in a real nginx.conf; returns its path. */
async function writeConfiguration({ pod, port, store }: ReceiverPlace): Promise<string> {
    const counts = join(pod, "counts");
    const temporary = join(pod, "tmp");
    await mkdir(counts, { recursive: true });
    await mkdir(temporary, { recursive: true });
    const example = await documented("nginx", "nginx", {
        "/etc/nginx/write-credential": join(pod, "auth"),
        "/var/cache/write-use": counts,
        "listen 8080": `listen 127.0.0.1:${port}`,
        "http://mimir:9009": store,
    });
    const isRoot = process.getuid?.() === 0; // then nobody's workers could not come in here
    const stores = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const lines = [
        ...(isRoot ? ["user root;"] : []),
        "daemon off;",
        "worker_processes 2;",
        `pid ${join(pod, "nginx.pid")};`,
        "error_log stderr notice;",
        "events {}",
        "http {",
        "access_log off;",
        ...stores.map((one) => `${one}_temp_path ${temporary};`),
        example,
        "}",
    ];
    const file = join(pod, "nginx.conf");
    await writeFile(file, `${lines.join("\n")}\n`);
    return file;
}
