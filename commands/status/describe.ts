import { inColumns } from "../columns.ts";
import type { ReceiverStatus, Status } from "../../rotation/status.ts";

const WIDTH = 12;

/**
 * How the credential stands, a line a fact.
 *
 * @param columns How wide the terminal is; undefined where there is none.
 */
export function describeStatus(status: Status, columns?: number): string {
    const { keeper, inUse, accepted } = status;
    const facts = [
        ["keeper", keeper],
        ["in use", list(inUse)],
        ["accepted", list(accepted)],
        ["age", describeAge(status)],
    ] as const;
    return [...inColumns(facts, WIDTH, columns), ...describeParts(status, columns)].join("\n");
}

/** A line a receiver, a sender, and what is wrong. */
export function describeParts(
    { receivers, senders, faults }: Status,
    columns?: number,
): readonly string[] {
    const facts = [
        ...Object.entries(receivers).map(
            ([name, one]) =>
                ["receiver", `${name} accepts ${list(one.accepted)}${describeProof(one)}`] as const,
        ),
        ...Object.entries(senders).map(
            ([name, label]) => ["sender", `${name} uses ${label}`] as const,
        ),
        ...faults.map(({ kind, message }) => [kind, message] as const),
    ];
    return inColumns(facts, WIDTH, columns);
}

function list(labels: readonly string[]): string {
    return labels.join(", ") || "nothing";
}

function describeAge({ ageDays, due }: Status): string {
    if (ageDays === undefined) return "never rotated";
    return `${ageDays} days${due === undefined ? "" : `; the next rotation is due on ${due.slice(0, 10)}`}`;
}

function describeProof({ proven }: ReceiverStatus): string {
    const ways = [...new Set(proven.map(({ how }) => how))];
    const [last = ""] = proven.map(({ at }) => at).sort();
    return ways.length === 0 ? "" : `; ${ways.join(", ")}, ${last.slice(0, 16)}Z`;
}
