import { writeFile } from "node:fs/promises";
import { createCommand, runCommand } from "./command.ts";
import { referenceFiles } from "./reference/files.ts";

const command = createCommand(
    "reference",
    "Writes the reference of the configuration, the schema editors complete it by, the PrometheusRule and the dashboard.",
).action(async () => {
    for (const [path, text] of await referenceFiles()) {
        await writeFile(path, text);
        console.log(`Wrote ${path}`);
    }
});

await runCommand(command);
