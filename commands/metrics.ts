import { renderMetrics } from "../rotation/metrics.ts";
import { createCommand, runCommand } from "./command.ts";
import { projectName } from "./projectName.ts";
import { MAX_AGE, parseDays, readStatus } from "./readStatus.ts";
import { writeFiles } from "./recover/writeFiles.ts";
import { stackName } from "./runPulumi.ts";

const command = createCommand(
    "metrics",
    "Says how the credential stands as Prometheus reads it, from the stack's recorded state.",
)
    .option(...MAX_AGE)
    .option(
        "--textfile <path>",
        "write it there, at once and whole, for node_exporter's textfile collector",
    )
    .addHelpText(
        "after",
        `
Example, once an hour:
  npm run metrics -- --textfile /var/lib/node_exporter/textfile/write_credential.prom

Where it cannot be said, the file stays as it was: write_credential_read_timestamp_seconds tells how old it is.`,
    )
    .action(async ({ maxAge, textfile }: { maxAge: string; textfile?: string }) => {
        const now = new Date();
        const status = await readStatus(parseDays("--max-age", maxAge), now);
        const judged = { project: projectName(), stack: await stackName(), now };
        const text = await renderMetrics(status, judged);
        if (textfile === undefined) process.stdout.write(text);
        else await writeFiles({ [textfile]: text }, true, () => ({ mode: 0o644 })); // node_exporter is another user
    });

await runCommand(command);
