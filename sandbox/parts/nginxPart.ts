import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quote } from "../../text/quote.ts";
import type { Program } from "../toolchain/debian.ts";
import { documented, type Replacements } from "./documented.ts";
import { type Part, startPart } from "./process.ts";
import type { ReceiverPart, ReceiverPlace } from "./receiverPart.ts";

/** nginx as users are told to configure it for the kind `nginx`, and to reload it. */
export function nginxPart(program: Program): ReceiverPart {
    return {
        kind: "nginx",
        metrics: "/write-use/",
        settings: () => ({}),
        start: async (place) => {
            const counts = join(place.pod, "counts");
            await mkdir(counts, { recursive: true });
            const mounts = {
                "/etc/nginx/write-credential": join(place.pod, "auth"),
                "/var/cache/write-use": counts,
            };
            const configuration = await writeConfiguration("nginx", place, mounts);
            const nginx = `${quote(program.path)} -c ${quote(configuration)}`;
            const reloading = await documented("nginx", "sh", {
                "/etc/nginx/write-credential": join(place.pod, "auth"),
                "nginx -s reload": `${nginx} -s reload`,
                "sleep 5": "sleep 1",
            });
            return run(`${reloading}exec ${nginx}`, program, place);
        },
    };
}

/** nginx as users are told to configure it for the kind `htpasswd`; it reads the file by itself. */
export function htpasswdPart(program: Program): ReceiverPart {
    return {
        kind: "htpasswd",
        settings: () => ({ allowSampleLoss: "what is lost is counted" }),
        start: async (place) => {
            const mounts = { "/etc/nginx/secrets": join(place.pod, "auth") };
            const configuration = await writeConfiguration("htpasswd", place, mounts);
            return run(`exec ${quote(program.path)} -c ${quote(configuration)}`, program, place);
        },
    };
}

/** Runs a shell that ends as nginx. */
function run(script: string, program: Program, { name, logs, port }: ReceiverPlace): Promise<Part> {
    return startPart({
        name,
        command: "/bin/sh",
        args: ["-c", script],
        logs,
        env: program.environment,
        ready: (signal) => fetch(`http://127.0.0.1:${port}`, { signal }),
    });
}

/** What stands around an example of the docs in a real nginx.conf; returns its path. */
async function writeConfiguration(
    section: string,
    { pod, port, store }: ReceiverPlace,
    mounts: Replacements,
): Promise<string> {
    const temporary = join(pod, "tmp");
    await mkdir(temporary, { recursive: true });
    const example = await documented(section, "nginx", {
        ...mounts,
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
