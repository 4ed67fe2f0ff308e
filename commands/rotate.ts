import { isLabel } from "../rotation/generation.ts";
import { generationsInUse } from "../rotation/recordedUse.ts";
import { goesBack } from "../rotation/goal.ts";
import { createCommand, runCommand } from "./command.ts";
import { parseDays, readStatus } from "./readStatus.ts";
import {
    configurationFile,
    readConfig,
    readRecorded,
    removeConfig,
    setConfig,
    show,
} from "./runPulumi.ts";

const DAY_MILLISECONDS = 86_400_000;
const EMERGENCY_UPDATES = 4; // the two it takes, and two more for what fails in passing

interface Options {
    readonly yes: boolean;
    readonly ifOlderThan?: string;
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
        "--if-older-than <days>",
        "do nothing while the generation on record is younger, such as 80d: for a schedule",
    )
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
  npm run rotate -- --yes --if-older-than 80d       on a schedule: what was missed is made up for, once
  npm run rotate -- --emergency "token in a log"    a leak: two updates, without proof that nobody uses the old one

The stack is the one selected (pulumi stack select), its configuration is Pulumi.<stack>.yaml: commit it afterwards.`,
    )
    .action(async (given: string | undefined, options: Options) => {
        const former = await readConfig("rotation");
        if (former === undefined) {
            throw new Error("the stack has no rotation yet: see the README, and run pulumi up");
        }
        if (options.ifOlderThan !== undefined) {
            const due = await whatIsDue(parseDays("--if-older-than", options.ifOlderThan), options);
            if (due !== "a rotation") {
                process.exitCode = due === "nothing" ? 0 : await finish(former, options);
                return;
            }
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
                : await replaceLeaked(label, former, options.emergency, options);
    });

/** What a schedule has to do, told to whoever reads its log. */
async function whatIsDue(
    days: number,
    { emergency }: Options,
): Promise<"nothing" | "its end" | "a rotation"> {
    if (emergency !== undefined) {
        throw new Error("--emergency does not wait: leave out --if-older-than");
    }
    const { keeper, since, finished, revision } = await readStatus(days);
    if (revision === undefined) throw new Error("nothing is on record yet: run pulumi up first");
    if (since !== undefined && Date.now() - Date.parse(since) < days * DAY_MILLISECONDS) {
        console.log(`Nothing to do: the credential is of ${since}, younger than ${days} days.`);
        return "nothing";
    }
    // One that is older than the record is that of an old configuration, not one to go on with.
    if (finished || goesBack({ rotation: keeper }, await readRecorded())) return "a rotation";
    console.log(`The rotation to ${keeper} is not finished: this goes on with it.`);
    return "its end";
}

async function finish(keeper: string, { yes }: Options): Promise<number> {
    const code = await up(yes);
    if (code !== 0) console.log(`\nNot finished. Try again with: pulumi up`);
    else console.log(`\nRotated to ${keeper}. Commit ${await configurationFile()}.`);
    return code;
}

function up(yes: boolean): Promise<number> {
    return show("up", ...(yes ? ["--yes"] : []));
}

async function rotate(label: string, former: string, { yes }: Options): Promise<number> {
    await setConfig("rotation", label);
    const code = await up(yes);
    const file = await configurationFile();
    if (code === 0) {
        console.log(
            `\nRotated to ${label}. Go back with: npm run rotate -- ${former}\nCommit ${file}.`,
        );
    } else if (await hasBegun(label)) {
        console.log(
            `\nNot finished. Try again with: pulumi up    Go back with: npm run rotate -- ${former}\n` +
                `rotation is ${label} in ${file}: commit it.`,
        );
    } else {
        await setConfig("rotation", former);
        console.error(`\nNothing was changed: rotation is ${former} in ${file}, as it was.`);
    }
    return code;
}

/** Whether an update got as far as making the generation, or it was there before. */
async function hasBegun(label: string): Promise<boolean> {
    const { kept, labels } = await readRecorded();
    return [...kept, ...labels].includes(label);
}

/**
 * Two updates: the first lets senders switch without a loss, the second ends the leaked generation,
 * come what may. One that fails before the receivers accept the new generation is repeated: only
 * then can the leaked one be ended. Who is asked, is asked once.
 */
async function replaceLeaked(
    label: string,
    former: string,
    reason: string,
    { yes }: Options,
): Promise<number> {
    const leaked = await findLeaked();
    await setConfig("emergency.leaked", leaked);
    await setConfig("emergency.reason", reason);
    await setConfig("rotation", label);
    console.log(
        `First update: ${label} beside ${leaked}, senders switch, nothing is lost.\n` +
            `Second update: receivers refuse ${leaked}. A sender that has not read ${label} by then loses its ` +
            "samples until it has: up to 90 s after its Secret changed.\n",
    );
    let code = 1;
    for (let update = 1; update <= EMERGENCY_UPDATES; update++) {
        code = await up(yes || update > 1);
        if (update === 1 && code !== 0 && !(await hasBegun(label))) return takeBack(former);
        if (update > 1 && (await acceptedBy(leaked)).length === 0) break;
    }
    const file = await configurationFile();
    const left = await acceptedBy(leaked);
    if (left.length > 0) {
        console.error(
            `error: ${left.join(", ")} still accept ${leaked}: see above, and run pulumi up until they do not; ` +
                `commit ${file}, where emergency stands`,
        );
        return 1;
    }
    console.log(
        code === 0
            ? `\nReceivers refuse ${leaked}, for good. Commit ${file}; emergency may be taken out of it: pulumi config rm emergency`
            : `\nReceivers were told to refuse ${leaked}, for good, but the rotation is not finished: run pulumi up until ` +
                  `it is. Commit ${file}.`,
    );
    return code;
}

/** Nothing was made, as the update was refused or called off: all is as it was. */
async function takeBack(former: string): Promise<number> {
    await setConfig("rotation", former);
    await removeConfig("emergency");
    console.error(
        `error: nothing was changed, and the leaked credential is still accepted; ${await configurationFile()} is as it was. ` +
            "Mend what is named above and run the command again",
    );
    return 1;
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

/** The receivers that are recorded to accept a generation. */
async function acceptedBy(label: string): Promise<readonly string[]> {
    return Object.entries((await readRecorded()).receivers)
        .filter(([, { accepted }]) => accepted.includes(label))
        .map(([name]) => name);
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
