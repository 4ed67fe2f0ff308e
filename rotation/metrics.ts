import { Gauge, Registry } from "prom-client";
import { FAULT_KINDS, type Status } from "./status.ts";

/** Whose status it is, and of when. */
export interface Judged {
    readonly project: string;
    readonly stack: string;
    readonly now: Date;
}

/**
 * A status as Prometheus reads it: text format 0.0.4.
 *
 * Times are points, not ages: a file that nobody renews would show an age that stands still.
 */
export async function renderMetrics(status: Status, judged: Judged): Promise<string> {
    const { project, stack, now } = judged;
    const { since, revision } = status;
    const registry = new Registry();
    registry.setDefaultLabels({ project, stack });
    const gauge = (name: string, help: string, series: readonly Series[]) => {
        if (series.length === 0) return; // else it would be 0
        const registers = [registry];
        const labelNames = Object.keys(series[0]?.[0] ?? {});
        const one = new Gauge({ name: `write_credential_${name}`, help, labelNames, registers });
        for (const [labels, value] of series) one.set(labels, value);
    };
    const single = (value: number | undefined): readonly Series[] =>
        value === undefined ? [] : [[{}, value]];
    gauge(
        "since_timestamp_seconds",
        "When the generation on record was first recorded.",
        single(since === undefined ? undefined : unix(new Date(since))),
    );
    gauge("read_timestamp_seconds", "When the state was read.", single(unix(now)));
    gauge("revision", "Revision of the plan on record.", single(revision));
    gauge(
        "finished",
        "Whether all that is recorded is of one rotation, to the keeper.",
        single(Number(status.finished)),
    );
    gauge("faults", "What npm run status finds wrong, by kind.", countFaults(status));
    gauge("senders_behind", "Senders that do not use the keeper's generation.", [
        [{}, status.behind.length],
    ]);
    gauge(
        "sender_info",
        "Senders, and the generation each uses.",
        Object.entries(status.senders).map(([sender, generation]) => [{ sender, generation }, 1]),
    );
    gauge("generation_info", "Generations receivers accept, and why.", describeAccepted(status));
    return registry.metrics();
}

type Series = readonly [labels: Readonly<Record<string, string>>, value: number];

function unix(date: Date): number {
    return date.getTime() / 1000;
}

/** Every kind, that an alert sees it go. */
function countFaults({ faults }: Status): readonly Series[] {
    return FAULT_KINDS.map((kind) => [{ kind }, faults.filter((one) => one.kind === kind).length]);
}

function describeAccepted(status: Status): readonly Series[] {
    return status.accepted.map((generation) => [
        { generation, state: stateOf(generation, status) },
        1,
    ]);
}

/** `former`: accepted until nobody uses it, as no sender of this stack does. */
function stateOf(generation: string, { keeper, inUse, faults }: Status): string {
    const fault = faults.find(({ about, kind }) => about === generation && kind !== "unproven");
    if (fault) return fault.kind;
    if (generation === keeper) return "current";
    return inUse.includes(generation) ? "in use" : "former";
}
