import { generationsAccepted } from "../rotation/plan.ts";
import { configKey } from "./projectName.ts";
import { createCommand, runCommand } from "./command.ts";
import { read, readConfig, readRecorded, show } from "./runPulumi.ts";

const command = createCommand(
    "retire",
    "Makes receivers refuse a generation that nobody uses any more.",
)
    .argument("<label>", "label of the generation")
    .option("-y, --yes", "do not ask before changing anything", false)
    .option("--without-proof", "where no receiver's counters can prove that nobody uses it", false)
    .addHelpText(
        "after",
        `
Example:
  npm run retire -- 2026-11-21

Before it changes anything, the update watches the receivers' counters for disuseSeconds; after it, it asks each
receiver with the retired credential, which must be refused.`,
    )
    .action(
        async (label: string, { yes, withoutProof }: { yes: boolean; withoutProof: boolean }) => {
            const accepted = generationsAccepted(await readRecorded());
            if (!accepted.includes(label)) {
                throw new Error(
                    `no receiver accepts ${label}: they accept ${accepted.join(", ") || "nothing"}`,
                );
            }
            const retired = JSON.parse((await readConfig("retired")) ?? "[]") as string[];
            if (!retired.includes(label)) {
                const key = configKey(`retired[${retired.length}]`);
                await read("config", "set", "--path", key, label);
            }
            if (withoutProof) await read("config", "set", "retireWithoutProof", "true");
            process.exitCode = await show("up", ...(yes ? ["--yes"] : []));
        },
    );

await runCommand(command);
