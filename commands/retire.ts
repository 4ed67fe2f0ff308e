import { generationsAccepted } from "../rotation/plan.ts";
import { configKey } from "./projectName.ts";
import { createCommand, runCommand } from "./command.ts";
import {
    configurationFile,
    read,
    readConfig,
    readRecorded,
    readRetired,
    removeConfig,
    setConfig,
    show,
} from "./runPulumi.ts";

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
            process.exitCode = await retire(label, { yes, withoutProof });
        },
    );

/** What is configured for this update alone is taken back, and all of it when nothing came of it. */
async function retire(
    label: string,
    { yes, withoutProof }: { readonly yes: boolean; readonly withoutProof: boolean },
): Promise<number> {
    const retired = await readRetired();
    const isNew = !retired.includes(label);
    const mustProve = withoutProof && (await readConfig("retireWithoutProof")) !== "true";
    let code: number;
    try {
        if (isNew) await setConfig(`retired[${retired.length}]`, label);
        if (mustProve) await read("config", "set", configKey("retireWithoutProof"), "true");
        code = await show("up", ...(yes ? ["--yes"] : []));
    } finally {
        if (mustProve) await removeConfig("retireWithoutProof");
        const told = (await readRecorded()).refused.includes(label);
        if (isNew && !told) {
            await removeConfig(retired.length === 0 ? "retired" : `retired[${retired.length}]`);
            console.error(
                `error: ${label} was not retired: see above; the configuration is as it was`,
            );
        }
    }
    const file = await configurationFile();
    if (code === 0) console.log(`\nReceivers refuse ${label} for good. Commit ${file}.`);
    return code;
}

await runCommand(command);
