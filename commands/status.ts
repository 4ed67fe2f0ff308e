import { createCommand, runCommand } from "./command.ts";
import type { ReceiverStatus, Status } from "../rotation/status.ts";
import { MAX_AGE, parseDays, readStatus } from "./readStatus.ts";

const command = createCommand(
    "status",
    "Says how the credential stands, from the stack's recorded state.",
)
    .option(...MAX_AGE)
    .option("--json", "for machines", false)
    .addHelpText(
        "after",
        `
Exit code: 0 all is well; 1 it cannot be said; 3 something is unfinished, unproven or overdue.`,
    )
    .action(async ({ maxAge, json }: { maxAge: string; json: boolean }) => {
        const status = await readStatus(parseDays("--max-age", maxAge));
        console.log(json ? JSON.stringify(status, undefined, 4) : describe(status));
        process.exitCode = status.faults.length === 0 ? 0 : 3;
    });

function describe(status: Status): string {
    const { keeper, inUse, accepted, senders, receivers, faults } = status;
    const list = (labels: readonly string[]) => labels.join(", ") || "nothing";
    return [
        `keeper      ${keeper}`,
        `in use      ${list(inUse)}`,
        `accepted    ${list(accepted)}`,
        `age         ${describeAge(status)}`,
        ...Object.entries(receivers).map(
            ([name, one]) =>
                `receiver    ${name} accepts ${list(one.accepted)}${describeProof(one)}`,
        ),
        ...Object.entries(senders).map(([name, label]) => `sender      ${name} uses ${label}`),
        ...faults.map(({ kind, message }) => `${kind.padEnd(11)} ${message}`),
    ].join("\n");
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

await runCommand(command);
