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
} from "./runPulumi.ts";
import { type Asking, carryOut, requireAnswer } from "./update/carryOut.ts";
import { end, tell } from "./update/end.ts";

const DAY_MILLISECONDS = 86_400_000;
const EMERGENCY_UPDATES = 4; // the two it takes, and two more for what fails in passing

interface Options extends Asking {
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
    .option("--json", "for machines: how it ended, and how all stands then", false)
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
        requireAnswer(options);
        const former = await readConfig("rotation");
        if (former === undefined) {
            throw new Error("the stack has no rotation yet: see the README, and run pulumi up");
        }
        if (options.ifOlderThan !== undefined) {
            const due = await whatIsDue(parseDays("--if-older-than", options.ifOlderThan), options);
            if (due.what !== "a rotation") {
                process.exitCode =
                    due.what === "nothing"
                        ? await end(options, { outcome: "nothing", says: due.says })
                        : await finish(former, due.says, options);
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

/** What a schedule has to do, in words for whoever reads its log. */
type Due =
    | { readonly what: "nothing" | "its end"; readonly says: string }
    | { readonly what: "a rotation" };

async function whatIsDue(days: number, { emergency }: Options): Promise<Due> {
    if (emergency !== undefined) {
        throw new Error("--emergency does not wait: leave out --if-older-than");
    }
    const { keeper, since, finished, revision } = await readStatus(days);
    if (revision === undefined) throw new Error("nothing is on record yet: run pulumi up first");
    if (since !== undefined && Date.now() - Date.parse(since) < days * DAY_MILLISECONDS) {
        const says = `Nothing to do: the credential is of ${since}, younger than ${days} days.`;
        return { what: "nothing", says };
    }
    // One that is older than the record is that of an old configuration, not one to go on with.
    if (finished || goesBack({ rotation: keeper }, await readRecorded())) {
        return { what: "a rotation" };
    }
    const says = `The rotation to ${keeper} is not finished: this goes on with it.`;
    return { what: "its end", says };
}

async function finish(keeper: string, says: string, options: Options): Promise<number> {
    tell(options, says);
    const { isDone } = await carryOut(options);
    if (!isDone) {
        return end(options, {
            outcome: "unfinished",
            says: "\nNot finished. Try again with: pulumi up",
        });
    }
    return end(options, {
        outcome: "done",
        says: `Rotated to ${keeper}. Commit ${await configurationFile()}.`,
    });
}

async function rotate(label: string, former: string, options: Options): Promise<number> {
    await setConfig("rotation", label);
    const { isBegun, isDone, goesBack } = await carryOut(options);
    const file = await configurationFile();
    if (isDone) {
        const says = goesBack
            ? `Went back to ${label}: ${former} stays accepted until nobody uses it.\nCommit ${file}.`
            : `Rotated to ${label}. Go back with: npm run rotate -- ${former}\nCommit ${file}.`;
        return end(options, { outcome: "done", says });
    }
    if (isBegun && (await hasBegun(label))) {
        const says =
            `\nNot finished. Try again with: pulumi up    Go back with: npm run rotate -- ${former}\n` +
            `rotation is ${label} in ${file}: commit it.`;
        return end(options, { outcome: "unfinished", says });
    }
    await setConfig("rotation", former);
    const says = `\nNothing was changed: rotation is ${former} in ${file}, as it was.`;
    return end(options, { outcome: "unchanged", says });
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
    options: Options,
): Promise<number> {
    const leaked = await findLeaked();
    await setConfig("emergency.leaked", leaked);
    await setConfig("emergency.reason", reason);
    await setConfig("rotation", label);
    tell(
        options,
        `First update: ${label} beside ${leaked}, senders switch, nothing is lost.\n` +
            `Second update: receivers refuse ${leaked}. A sender that has not read ${label} by then loses its ` +
            "samples until it has: up to 90 s after its Secret changed.\n",
    );
    let isDone = false;
    for (let update = 1; update <= EMERGENCY_UPDATES; update++) {
        const carried = await carryOut({ ...options, yes: options.yes || update > 1 });
        ({ isDone } = carried);
        if (update === 1 && !isDone && !(carried.isBegun && (await hasBegun(label)))) {
            return takeBack(former, options);
        }
        if (update > 1 && (await acceptedBy(leaked)).length === 0) break;
    }
    const file = await configurationFile();
    const left = await acceptedBy(leaked);
    if (left.length > 0) {
        const says =
            `error: ${left.join(", ")} still accept ${leaked}: see above, and run pulumi up until they do not; ` +
            `commit ${file}, where emergency stands`;
        return end(options, { outcome: "unfinished", says });
    }
    if (!isDone) {
        const says =
            `\nReceivers were told to refuse ${leaked}, for good, but the rotation is not finished: run pulumi up until ` +
            `it is. Commit ${file}.`;
        return end(options, { outcome: "unfinished", says });
    }
    const says = `Receivers refuse ${leaked}, for good. Commit ${file}; emergency may be taken out of it: pulumi config rm emergency`;
    return end(options, { outcome: "done", says });
}

/** Nothing was made, as the update was refused or called off: all is as it was. */
async function takeBack(former: string, options: Options): Promise<number> {
    await setConfig("rotation", former);
    await removeConfig("emergency");
    const says =
        `error: nothing was changed, and the leaked credential is still accepted; ${await configurationFile()} is as it was. ` +
        "Mend what is named above and run the command again";
    return end(options, { outcome: "unchanged", says });
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
