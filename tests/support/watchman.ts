import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { waitFor } from "../../sandbox/parts/process.ts";
import { type Prometheus, startPrometheus } from "../../sandbox/parts/prometheusPart.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

const LIMIT_SECONDS = 90; // for a machine that is busy with other things

type Labels = Readonly<Record<string, string>>;

/** What a Prometheus of the sandbox sees, and alerts on by the rules that users have. */
export interface Watchman {
    /** Where it answers. */
    readonly url: string;
    /** Where `npm run metrics` is to write. */
    readonly textfile: string;
    /** Waits until an alert fires; resolves to what it is labelled with. */
    fires(alert: string): Promise<Labels>;
    /** Waits until it does not any more. */
    resolves(alert: string): Promise<void>;
    /** The labels of the series a query gives now. */
    series(expression: string): Promise<readonly Labels[]>;
    stop(): Promise<void>;
}

/**
 * Starts one that looks at the sandbox's sender, receiver and store, at a textfile, and at others,
 * by job. Rules are as users have them, but in a hurry: minutes are seconds.
 */
export async function startWatchman(
    { fleet, directory, tools }: Sandbox,
    others: Readonly<Record<string, string>> = {},
): Promise<Watchman> {
    const home = join(directory, "watchman");
    const textfile = join(home, "textfile", "write_credential.prom");
    const files = await serveFile(textfile);
    const { url: sender } = await fleet.sender.running;
    const configuration = join(home, "prometheus.yml");
    const jobs = {
        sender,
        receiver: fleet.receiverUrl,
        store: fleet.store.url,
        rotation: `http://${files.target}`,
        ...others,
    };
    await mkdir(join(home, "textfile"), { recursive: true });
    await writeFile(join(home, "rules.yml"), hurried(await readFile("alerts/rules.yml", "utf8")));
    await writeFile(configuration, stringify(configure(jobs)));
    const prometheus = await startPrometheus({
        name: "watchman",
        command: tools.prometheus.path,
        configuration,
        data: join(home, "data"),
        logs: join(directory, "logs"),
    });
    const wait = <T>(what: string, look: () => Promise<T | undefined>) =>
        waitFor(what, look, { withinSeconds: LIMIT_SECONDS, everySeconds: 0.2 });
    return {
        url: prometheus.url,
        textfile,
        fires: (alert) => wait(`${alert} firing`, () => labelsOf(prometheus, alert)),
        resolves: async (alert) => {
            const isOver = async () => (await labelsOf(prometheus, alert)) === undefined;
            await wait(`${alert} over`, isOver);
        },
        series: (expression) => seriesOf(prometheus, expression),
        stop: async () => {
            await prometheus.stop();
            await files.stop();
        },
    };
}

/** Ranges and patience of minutes become seconds, days become minutes. */
function hurried(rules: string): string {
    const units: Readonly<Record<string, string>> = { m: "s", h: "s", d: "m" };
    return rules
        .replaceAll(
            /(?<=\[|for: )(\d+)([mhd])\b/g,
            (_, n: string, unit: string) => n + (units[unit] ?? unit),
        )
        .replace("2 * 86400", "20");
}

function configure(jobs: Readonly<Record<string, string>>): object {
    const hosts = Object.entries(jobs).map(([job, url]) => [job, new URL(url).host] as const);
    return {
        global: { scrape_interval: "500ms", evaluation_interval: "500ms" },
        rule_files: ["rules.yml"],
        scrape_configs: hosts.map(([job, host]) => ({
            job_name: job,
            static_configs: [{ targets: [host] }],
            // What senders pushed, as it stands in the store.
            ...(job === "store" && {
                metrics_path: "/federate",
                params: { "match[]": ["up"] },
                honor_labels: true,
            }),
        })),
    };
}

async function seriesOf({ url }: Prometheus, expression: string): Promise<readonly Labels[]> {
    const parameters = new URLSearchParams({ query: expression });
    const response = await fetch(`${url}/api/v1/query?${parameters.toString()}`);
    const { data, error = "" } = (await response.json()) as {
        error?: string;
        data?: { result: { metric: Labels }[] };
    };
    if (!data) throw new Error(`${expression}: ${error}`);
    return data.result.map(({ metric }) => metric);
}

/** What a firing alert is labelled with. */
async function labelsOf({ url }: Prometheus, alert: string): Promise<Labels | undefined> {
    const response = await fetch(`${url}/api/v1/alerts`);
    const { data } = (await response.json()) as {
        data: { alerts: { state: string; labels: Record<string, string> }[] };
    };
    const firing = data.alerts.filter(({ state }) => state === "firing");
    return firing.find(({ labels }) => labels["alertname"] === alert)?.labels;
}

/** Serves a file as node_exporter's textfile collector does, and nothing while there is none. */
export async function serveFile(path: string) {
    const server = createServer((_request, response) => {
        void readFile(path, "utf8")
            .catch(() => "")
            .then((text) => {
                response.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
                response.end(text);
            });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        stop: async () => {
            server.closeAllConnections();
            await new Promise((resolve) => server.close(resolve));
        },
    };
}
