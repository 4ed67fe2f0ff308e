import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { SenderKind } from "../../kinds/senderKind.ts";
import { kindOfSender } from "../../kinds/senders.ts";
import { authentication } from "../../kinds/senders/prometheus.ts";
import { isBasic } from "../../settings/schema.ts";
import { provideTools, type Tool, type ToolName } from "../toolchain/toolchain.ts";
import { startAlloy } from "./alloyPart.ts";
import { startCollector } from "./collectorPart.ts";
import { startPrometheus } from "./prometheusPart.ts";
import type { SenderPart, SenderPlace } from "./senderPart.ts";
import { startVmagent } from "./vmagentPart.ts";

/** What differs from sender to sender. */
type Run = Omit<SenderPart, "kind" | "tool">;

/** How a sender is run. */
interface Runnable {
    /** A row of `kinds/senders.ts`. */
    readonly kind: string;
    /** The program it needs. */
    readonly needs: ToolName;
    readonly make: (tool: Tool) => Run;
}

/** How each sender is run: one of a kind as a rule, by the kind's name. */
const PARTS = {
    prometheus: { kind: "prometheus", needs: "prometheus", make: prometheusPart(false) },
    "prometheus-agent": { kind: "prometheus", needs: "prometheus", make: prometheusPart(true) },
    secret: { kind: "secret", needs: "prometheus", make: secretPart },
    vmagent: { kind: "vmagent", needs: "vmagent", make: vmagentPart },
    "opentelemetry-collector": {
        kind: "opentelemetry-collector",
        needs: "otelcol",
        make: collectorPart,
    },
    alloy: { kind: "alloy", needs: "alloy", make: alloyPart },
} satisfies Record<string, Runnable>;

/** The senders the sandbox can run. */
export type RunningSender = keyof typeof PARTS;

export const RUNNING_SENDERS = Object.keys(PARTS) as readonly RunningSender[];

/** The kind of a sender that can be run. */
export function kindOf(sender: RunningSender): SenderKind {
    return kindOfSender(PARTS[sender]);
}

/** A sender, once the program it needs is there. */
export async function provideSender(sender: RunningSender): Promise<SenderPart> {
    const { kind, needs, make }: Runnable = PARTS[sender];
    const tool = (await provideTools([needs]))[needs];
    return { kind, tool, ...make(tool) };
}

/** With the configuration that the stack writes. */
function prometheusPart(agent: boolean): (tool: Tool) => Run {
    return (tool) => ({
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
                agent,
                command: tool.path,
                configuration: join(place.pod, "configuration", "prometheus.yml"),
                data: join(place.pod, "data"),
            });
        },
    });
}

/** A Prometheus whose configuration is the user's own, with keys of other names. */
function secretPart(tool: Tool): Run {
    return {
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
            return startPrometheus({ ...place, command: tool.path, configuration, data });
        },
    };
}

function vmagentPart(tool: Tool): Run {
    return {
        isConfigured: false,
        settings: () => ({}),
        start: (place: SenderPlace) => startVmagent({ ...place, command: tool.path }),
    };
}

function collectorPart(tool: Tool): Run {
    return {
        isConfigured: false,
        settings: () => ({ version: tool.version }),
        start: (place: SenderPlace) => startCollector({ ...place, command: tool.path }),
    };
}

function alloyPart(tool: Tool): Run {
    return {
        isConfigured: false,
        settings: () => ({}),
        start: (place: SenderPlace) => startAlloy({ ...place, command: tool.path }),
    };
}
