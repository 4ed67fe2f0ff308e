import { createCommand, runCommand } from "./command.ts";
import { MAX_AGE, parseDays, readStatus } from "./readStatus.ts";
import { describeStatus } from "./status/describe.ts";

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
        console.log(
            json
                ? JSON.stringify(status, undefined, 4)
                : describeStatus(status, process.stdout.columns),
        );
        process.exitCode = status.faults.length === 0 ? 0 : 3;
    });

await runCommand(command);
