import { createCommand, runCommand } from "./command.ts";
import { ask, askBeforeEyes } from "./preview/ask.ts";
import { describePreview } from "./preview/describe.ts";
import { renderMarkdown, renderText } from "./preview/render.ts";

interface Options {
    readonly markdown: boolean;
    readonly json: boolean;
    readonly expectNoChanges: boolean;
}

const command = createCommand("preview", "Says in words what pulumi up would do. Changes nothing.")
    .option("--markdown", "for a comment on a pull request", false)
    .option("--json", "for machines", false)
    .option("--expect-no-changes", "fail where something would change: for a nightly look", false)
    .addHelpText(
        "after",
        `
Exit code: 0; 1 where the update is refused, or something would change that is expected not to.`,
    )
    .action(async ({ markdown, json, expectNoChanges }: Options) => {
        const look = process.stderr.isTTY ? askBeforeEyes : ask; // a log has no need of it
        const asked = await look(...(expectNoChanges ? ["--expect-no-changes"] : []));
        const preview = describePreview(asked);
        const text = markdown
            ? renderMarkdown(preview)
            : renderText(preview, process.stdout.columns);
        console.log(json ? JSON.stringify(preview, undefined, 4) : text);
        process.exitCode = asked.exitCode === 0 ? 0 : 1;
        if (asked.exitCode === 0 || preview.errors.length > 0) return;
        console.error("error: something would change, and nothing was to");
    });

await runCommand(command);
