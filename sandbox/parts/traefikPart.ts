import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { quote } from "../../text/quote.ts";
import { startPart } from "./process.ts";
import type { ReceiverPart } from "./receiverPart.ts";

/**
 * Traefik with a `basicAuth` middleware. What its Kubernetes provider does with the Secret of one is
 * done by a shell here: its lines become the middleware's users, whenever they change. Traefik takes
 * that up as it takes up anything of a provider's, without a restart.
 */
export function traefikPart(command: string): ReceiverPart {
    return {
        kind: "htpasswd",
        settings: () => ({ allowSampleLoss: "what is lost is counted" }),
        start: async ({ name, pod, port, store, logs }) => {
            const [head, watched] = [join(pod, "head.yml"), join(pod, "watched")];
            await mkdir(watched, { recursive: true });
            await writeFile(head, configuration(store));
            const { lines, file } = {
                lines: quote(join(pod, "auth", "auth")),
                file: join(watched, "dynamic.yml"),
            };
            const write = `{ cat ${quote(head)}; sed 's/.*/          - "&"/' ${lines}; } >${quote(`${file}.new`)}`;
            const script = [
                `write() { ${write}; mv ${quote(`${file}.new`)} ${quote(file)}; }`,
                `loaded=$(cksum <${lines})`,
                "write",
                "(",
                "    while sleep 1; do",
                `        now=$(cksum <${lines})`,
                '        [ "$now" = "$loaded" ] || write && loaded=$now',
                "    done",
                ") &",
                `exec ${quote(command)} "$@"`,
            ].join("\n");
            const options = [
                `--entryPoints.push.address=127.0.0.1:${port}`,
                `--providers.file.filename=${file}`,
                "--global.checkNewVersion=false",
                "--global.sendAnonymousUsage=false",
            ];
            return startPart({
                ...{ name, logs, command: "/bin/sh", args: ["-c", script, "sh", ...options] },
                ready: async (signal) => {
                    const { status } = await fetch(`http://127.0.0.1:${port}`, { signal });
                    return status === 401; // 404 until it has read its configuration
                },
            });
        },
    };
}

/** All but the users, which are lines to be added at its end. */
function configuration(store: string): string {
    const push = { rule: "PathPrefix(`/`)", service: "store", middlewares: ["auth"] };
    const services = { store: { loadBalancer: { servers: [{ url: store }] } } };
    const middlewares = { auth: { basicAuth: { removeHeader: true, users: [] } } };
    const text = stringify({ http: { routers: { push }, services, middlewares } }, { indent: 2 });
    return text.replace("users: []", "users:");
}
