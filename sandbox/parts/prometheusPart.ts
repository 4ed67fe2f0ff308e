import type { Part } from "./process.ts";
import { startServer } from "./serverPart.ts";

/** A running Prometheus. */
export interface Prometheus extends Part {
    /** Where it answers, without a slash at the end. */
    readonly url: string;
}

/** What a Prometheus is started with. */
export interface PrometheusOptions {
    readonly name: string;
    /** Path of the program. */
    readonly command: string;
    /** Its configuration file. */
    readonly configuration: string;
    /** Directory for its samples. */
    readonly data: string;
    readonly logs: string;
    /** Whether others may push into it. Defaults to false. */
    readonly receives?: boolean;
    /** Whether it runs in agent mode, which keeps nothing but its queue. Defaults to false. */
    readonly agent?: boolean;
}

/** Starts a Prometheus on loopback and resolves when it is ready to serve. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
    const { name, command, logs } = options;
    return startServer({
        name,
        command,
        logs,
        ready: "/-/ready",
        args: (address) => [
            `--config.file=${options.configuration}`,
            ...(options.agent ? ["--agent"] : []),
            `--storage.${options.agent ? "agent" : "tsdb"}.path=${options.data}`,
            `--web.listen-address=${address}`,
            "--web.enable-lifecycle",
            ...(options.receives ? ["--web.enable-remote-write-receiver"] : []),
        ],
    });
}

/**
 * The value of an instant query that gives one number, or none.
 *
 * @param at Unix time in seconds; now when left out.
 */
export async function query(
    url: string,
    expression: string,
    at?: number,
): Promise<number | undefined> {
    const parameters = new URLSearchParams({ query: expression });
    if (at !== undefined) parameters.set("time", String(at));
    const response = await fetch(`${url}/api/v1/query?${parameters.toString()}`);
    const body = (await response.json()) as {
        error?: string;
        data?: { result: { value: [number, string] }[] };
    };
    if (!response.ok) throw new Error(`${expression}: ${body.error ?? response.statusText}`);
    const [first, second] = body.data?.result ?? [];
    if (second) throw new Error(`${expression} gives more than one series`);
    return first && Number(first.value[1]);
}
