import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { authentication } from "../../kinds/senders/prometheus.ts";
import { isBasic } from "../../settings/schema.ts";
import { findTools, provideTools, type Tool, type ToolName } from "../toolchain/toolchain.ts";
import { startCollector } from "./collectorPart.ts";
import { startPrometheus } from "./prometheusPart.ts";
import type { SenderPart, SenderPlace } from "./senderPart.ts";
import { startVmagent } from "./vmagentPart.ts";

/** How a kind of sender is run. */
interface Runnable {
    /** The program it needs. */
    readonly needs: ToolName;
    readonly make: (tool: Tool) => SenderPart;
}

/** How each kind of sender is run. */
const PARTS = {
    prometheus: { needs: "prometheus", make: prometheusPart },
    secret: { needs: "prometheus", make: secretPart },
    vmagent: { needs: "vmagent", make: vmagentPart },
    "opentelemetry-collector": { needs: "otelcol", make: collectorPart },
} satisfies Record<string, Runnable>;

/** The kinds of senders the sandbox can run. */
export type RunningSender = keyof typeof PARTS;

export const RUNNING_SENDERS = Object.keys(PARTS) as readonly RunningSender[];

/** A kind of sender, once the programs it needs are there. */
export async function provideSender(kind: RunningSender): Promise<SenderPart> {
    const { needs, make }: Runnable = PARTS[kind];
    const tools = await provideTools([needs]);
    return make(tools[needs]);
}

/** Whether the program a kind of sender needs is there, so that nothing has to be built. */
export async function isSenderThere(kind: RunningSender): Promise<boolean> {
    const { needs }: Runnable = PARTS[kind];
    return (await findTools([needs])).length > 0;
}

/** With the configuration that the stack writes. */
function prometheusPart({ path: command }: Tool): SenderPart {
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
                command,
                configuration: join(place.pod, "configuration", "prometheus.yml"),
                data: join(place.pod, "data"),
            });
        },
    };
}

/** A Prometheus whose configuration is the user's own, with keys of other names. */
function secretPart({ path: command }: Tool): SenderPart {
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
            return startPrometheus({ ...place, command, configuration, data });
        },
    };
}

function vmagentPart({ path: command }: Tool): SenderPart {
    return {
        kind: "vmagent",
        isConfigured: false,
        settings: () => ({}),
        start: (place: SenderPlace) => startVmagent({ ...place, command }),
    };
}

function collectorPart({ path: command, version }: Tool): SenderPart {
    return {
        kind: "opentelemetry-collector",
        isConfigured: false,
        settings: () => ({ version }),
        start: (place: SenderPlace) => startCollector({ ...place, command }),
    };
}
