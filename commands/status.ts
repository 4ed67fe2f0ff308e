import { createCommand, runCommand } from "./command.ts";
import type { Status } from "../rotation/status.ts";
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

function describe({ keeper, inUse, accepted, ageDays, faults }: Status): string {
    const list = (labels: readonly string[]) => labels.join(", ") || "nothing";
    return [
        `keeper      ${keeper}`,
        `in use      ${list(inUse)}`,
        `accepted    ${list(accepted)}`,
        `age         ${ageDays === undefined ? "never rotated" : `${ageDays} days`}`,
        ...faults.map(({ kind, message }) => `${kind.padEnd(11)} ${message}`),
    ].join("\n");
}

await runCommand(command);
