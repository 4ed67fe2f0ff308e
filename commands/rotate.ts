import { isLabel } from "../rotation/generation.ts";
import { generationsAccepted, generationsInUse } from "../rotation/plan.ts";
import { configKey } from "./projectName.ts";
import { createCommand, runCommand } from "./command.ts";
import { read, readConfig, readRecorded, show } from "./runPulumi.ts";

const EMERGENCY_UPDATES = 4; // the two it takes, and two more for what fails in passing

interface Options {
    readonly yes: boolean;
    readonly emergency?: string;
}

const command = createCommand(
    "rotate",
    "Rotates the credential: sets the keeper and runs pulumi up.",
)
    .argument(
        "[label]",
        "label of the new generation, or of a former one to go back to (default: today)",
    )
    .option("-y, --yes", "do not ask before changing anything", false)
    .option(
        "--emergency <reason>",
        "the credential in use has leaked: once senders can have the new one, it is refused, whoever " +
            "still uses it; samples may be lost, and the reason is recorded",
    )
    .addHelpText(
        "after",
        `
Examples:
  npm run rotate                                    a new generation, named by today's date
  npm run rotate -- 2026-11-21                      go back to one that is still accepted
  npm run rotate -- --emergency "token in a log"    a leak: two updates, without proof that nobody uses the old one

The stack is the one selected (pulumi stack select), its configuration is Pulumi.<stack>.yaml: commit it afterwards.`,
    )
    .action(async (given: string | undefined, options: Options) => {
        const former = await readConfig("rotation");
        if (former === undefined) {
            throw new Error("the stack has no rotation yet: see the README, and run pulumi up");
        }
        const label = given ?? (await freshLabel(former));
        if (!isLabel(label)) {
            throw new Error(
                `"${label}" is no label: 1 to 40 letters and digits, with ".", "_" and "-" inside`,
            );
        }
        if (label === former) {
            throw new Error(
                `rotation is ${label} already: give another label, or run pulumi up to finish it`,
            );
        }
        process.exitCode =
            options.emergency === undefined
                ? await rotate(label, former, options)
                : await replaceLeaked(label, options.emergency, options);
    });

async function rotate(label: string, former: string, { yes }: Options): Promise<number> {
    await read("config", "set", "rotation", label);
    const code = await show("up", ...(yes ? ["--yes"] : []));
    console.log(
        code === 0
            ? `\nRotated to ${label}. Go back with: npm run rotate -- ${former}`
            : `\nNot finished. Try again with: pulumi up    Go back with: npm run rotate -- ${former}`,
    );
    return code;
}

/**
 * Two updates: the first lets senders switch without a loss, the second ends the leaked generation,
 * come what may. One that fails before the receivers accept the new generation is repeated: only
 * then can the leaked one be ended.
 */
async function replaceLeaked(label: string, reason: string, { yes }: Options): Promise<number> {
    const leaked = await findLeaked();
    await read("config", "set", "--path", configKey("emergency.leaked"), leaked);
    await read("config", "set", "--path", configKey("emergency.reason"), reason);
    await read("config", "set", "rotation", label);
    console.log(
        `First update: ${label} beside ${leaked}, senders switch, nothing is lost.\n` +
            `Second update: receivers refuse ${leaked}. A sender that has not read ${label} by then loses its ` +
            "samples until it has: up to 90 s after its Secret changed.\n",
    );
    let code = 1;
    for (let update = 1; update <= EMERGENCY_UPDATES; update++) {
        code = await show("up", ...(yes ? ["--yes"] : []));
        if (update > 1 && !(await isAccepted(leaked))) break;
    }
    if (await isAccepted(leaked)) {
        console.error(
            `error: receivers still accept ${leaked}: see above, and run pulumi up until they do not`,
        );
        return 1;
    }
    console.log(
        code === 0
            ? `\nReceivers refuse ${leaked}. Keep emergency in the configuration until the next rotation.`
            : `\nReceivers no longer accept ${leaked}, but the rotation is not finished: run pulumi up until it is.`,
    );
    return code;
}

/** What senders use is what can have leaked; the keeper may be one they never got. */
async function findLeaked(): Promise<string> {
    const inUse = generationsInUse(await readRecorded());
    const [leaked] = inUse;
    if (leaked !== undefined && inUse.length === 1) return leaked;
    throw new Error(
        `senders use ${inUse.join(" and ") || "nothing"}: run pulumi up first, or set emergency.leaked yourself`,
    );
}

async function isAccepted(label: string): Promise<boolean> {
    return generationsAccepted(await readRecorded()).includes(label);
}

/** Today's date, with a number when it was used before: `2026-11-21`, `2026-11-21.2`. */
async function freshLabel(former: string): Promise<string> {
    const { labels } = await readRecorded();
    const today = new Date().toISOString().slice(0, 10);
    const used = new Set([...labels, former]);
    for (let number = 1; ; number++) {
        const label = number === 1 ? today : `${today}.${number}`;
        if (!used.has(label)) return label;
    }
}

await runCommand(command);
