import { generationsAccepted } from "../rotation/recordedUse.ts";
import { configKey } from "./projectName.ts";
import { createCommand, runCommand } from "./command.ts";
import { readStatus } from "./readStatus.ts";
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
    .argument("[label]", "label of the generation")
    .option("--former", "each that no sender of this stack uses any more: for a schedule", false)
    .option("-y, --yes", "do not ask before changing anything", false)
    .option("--without-proof", "where no receiver's counters can prove that nobody uses it", false)
    .addHelpText(
        "after",
        `
Examples:
  npm run retire -- 2026-11-21
  npm run retire -- --yes --former    on a schedule: nothing happens where there is none

Before it changes anything, the update watches the receivers' counters for disuseSeconds; after it, it asks each
receiver with the retired credential, which must be refused.`,
    )
    .action(async (label: string | undefined, { former, ...options }: Options) => {
        if ((label === undefined) !== former) {
            throw new Error("say which generation: give its label, or --former");
        }
        for (const one of label === undefined ? await findFormer() : [await known(label)]) {
            process.exitCode = await retire(one, options);
            if (process.exitCode !== 0) return;
        }
    });

interface Options {
    readonly yes: boolean;
    readonly withoutProof: boolean;
    readonly former: boolean;
}

/** A label that receivers are recorded to accept. */
async function known(label: string): Promise<string> {
    const accepted = generationsAccepted(await readRecorded());
    if (accepted.includes(label)) return label;
    throw new Error(
        `no receiver accepts ${label}: they accept ${accepted.join(", ") || "nothing"}`,
    );
}

/** What receivers accept and no sender uses; why there is none is told to whoever reads the log. */
async function findFormer(): Promise<readonly string[]> {
    const { keeper, finished, accepted, inUse } = await readStatus();
    const former = accepted.filter((label) => label !== keeper && !inUse.includes(label));
    if (finished && former.length > 0) return former;
    const reason = finished
        ? `receivers accept ${accepted.join(", ")} alone`
        : `the rotation to ${keeper} is not finished`;
    console.log(`Nothing to do: ${reason}.`);
    return [];
}

/** What is configured for this update alone is taken back, and all of it when nothing came of it. */
async function retire(
    label: string,
    { yes, withoutProof }: Omit<Options, "former">,
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
