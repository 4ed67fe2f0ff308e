import { createCommand, runCommand } from "./command.ts";
import { judgeStatus, type Status } from "../rotation/status.ts";
import { readConfig, readRecorded, readRetired } from "./runPulumi.ts";

const command = createCommand(
    "status",
    "Says how the credential stands, from the stack's recorded state.",
)
    .option("--max-age <days>", "days after which a rotation is overdue", "90")
    .option("--json", "for machines", false)
    .addHelpText(
        "after",
        `
Exit code: 0 all is well; 1 it cannot be said; 3 something is unfinished, unproven or overdue.`,
    )
    .action(async ({ maxAge, json }: { maxAge: string; json: boolean }) => {
        const days = Number(maxAge);
        if (!(days > 0))
            throw new Error(`--max-age must be a number of days above 0, got ${maxAge}`);
        const told = { rotation: (await readConfig("rotation")) ?? "", unwanted: await unwanted() };
        const status = judgeStatus(told, await readRecorded(), new Date(), days);
        console.log(json ? JSON.stringify(status, undefined, 4) : describe(status));
        process.exitCode = status.faults.length === 0 ? 0 : 3;
    });

/** What the configuration names to be refused. */
async function unwanted(): Promise<readonly string[]> {
    const { leaked } = JSON.parse((await readConfig("emergency")) ?? "{}") as {
        leaked?: string | number;
    };
    return [...(await readRetired()), ...(leaked === undefined ? [] : [String(leaked)])];
}

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
