import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { authentication } from "../../kinds/senders/prometheus.ts";
import { isBasic } from "../../settings/schema.ts";
import { provideTools } from "../toolchain/toolchain.ts";
import { startCollector } from "./collectorPart.ts";
import { startPrometheus } from "./prometheusPart.ts";
import type { SenderPart, SenderPlace } from "./senderPart.ts";
import { startVmagent } from "./vmagentPart.ts";

/** How each kind of sender is run, with the programs it needs. */
const PARTS = {
    prometheus: prometheusPart,
    secret: secretPart,
    vmagent: vmagentPart,
    "opentelemetry-collector": collectorPart,
} satisfies Record<string, () => Promise<SenderPart>>;

/** The kinds of senders the sandbox can run. */
export type RunningSender = keyof typeof PARTS;

export const RUNNING_SENDERS = Object.keys(PARTS) as readonly RunningSender[];

/** A kind of sender, once the programs it needs are there. */
export function provideSender(kind: RunningSender): Promise<SenderPart> {
    return PARTS[kind]();
}

/** With the configuration that the stack writes. */
async function prometheusPart(): Promise<SenderPart> {
    const { prometheus } = await provideTools(["prometheus"]);
    return {
        kind: "prometheus",
        isConfigured: true,
        settings: () => ({
            configuration: "sandbox/parts/prometheus.yml",
            credentialsFile: "../write-credential/token",
        }),
        start: async (place) => {
            const targets = [{ targets: [place.target] }];
            await mkdir(join(place.pod, "targets"), { recursive: true });
            await writeFile(join(place.pod, "targets", "exporter.json"), JSON.stringify(targets));
            return startPrometheus({
                ...place,
                command: prometheus.path,
                configuration: join(place.pod, "configuration", "prometheus.yml"),
                data: join(place.pod, "data"),
            });
        },
    };
}

/** A Prometheus whose configuration is the user's own, with keys of other names. */
async function secretPart(): Promise<SenderPart> {
    const { prometheus } = await provideTools(["prometheus"]);
    return {
        kind: "secret",
        isConfigured: false,
        settings: ({ login }) => ({
            keys: isBasic(login)
                ? { username: "username", password: "api-key" }
                : { token: "api-key" },
        }),
        start: async (place) => {
            const { pod, target, url, login } = place;
            const credentialsFile = "write-credential/api-key";
            const configuration = join(pod, "prometheus.yml");
            const scrape = { job_name: "exporter", static_configs: [{ targets: [target] }] };
            const text = stringify({
                global: { scrape_interval: "500ms" },
                scrape_configs: [scrape],
                remote_write: [{ url, ...authentication({ ...login, credentialsFile }) }],
            });
            await writeFile(configuration, text);
            const data = join(pod, "data");
            return startPrometheus({ ...place, command: prometheus.path, configuration, data });
        },
    };
}

async function vmagentPart(): Promise<SenderPart> {
    const { vmagent } = await provideTools(["vmagent"]);
    return {
        kind: "vmagent",
        isConfigured: false,
        settings: () => ({}),
        start: (place: SenderPlace) => startVmagent({ ...place, command: vmagent.path }),
    };
}

async function collectorPart(): Promise<SenderPart> {
    const { otelcol } = await provideTools(["otelcol"]);
    return {
        kind: "opentelemetry-collector",
        isConfigured: false,
        settings: () => ({ version: otelcol.version }),
        start: (place: SenderPlace) => startCollector({ ...place, command: otelcol.path }),
    };
}
