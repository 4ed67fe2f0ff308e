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
} from "./runPulumi.ts";
import { type Asking, carryOut, requireAnswer } from "./update/carryOut.ts";
import { end, type Ended, tell } from "./update/end.ts";

const command = createCommand(
    "retire",
    "Makes receivers refuse a generation that nobody uses any more.",
)
    .argument("[label]", "label of the generation")
    .option("--former", "each that no sender of this stack uses any more: for a schedule", false)
    .option("-y, --yes", "do not ask before changing anything", false)
    .option("--json", "for machines: how it ended, and how all stands then", false)
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
        requireAnswer(options);
        const { labels, reason } = label === undefined ? await findFormer() : await only(label);
        let ended: Ended = { outcome: "nothing", says: `Nothing to do: ${reason}.` };
        for (const one of labels) {
            if (ended.outcome === "done") tell(options, ended.says);
            ended = await retire(one, options);
            if (ended.outcome !== "done") break;
        }
        process.exitCode = await end(options, ended);
    });

interface Options extends Asking {
    readonly withoutProof: boolean;
    readonly former: boolean;
}

/** Labels to retire; why there are none is for whoever reads the log. */
interface Found {
    readonly labels: readonly string[];
    readonly reason: string;
}

/** A label that receivers are recorded to accept. */
async function only(label: string): Promise<Found> {
    const accepted = generationsAccepted(await readRecorded());
    if (accepted.includes(label)) return { labels: [label], reason: "" };
    throw new Error(
        `no receiver accepts ${label}: they accept ${accepted.join(", ") || "nothing"}`,
    );
}

/** What receivers accept and no sender uses. */
async function findFormer(): Promise<Found> {
    const { keeper, finished, accepted, inUse } = await readStatus();
    if (!finished) return { labels: [], reason: `the rotation to ${keeper} is not finished` };
    const labels = accepted.filter((label) => label !== keeper && !inUse.includes(label));
    return { labels, reason: `receivers accept ${accepted.join(", ")} alone` };
}

/** What is configured for this update alone is taken back, and all of it when nothing came of it. */
async function retire(label: string, options: Omit<Options, "former">): Promise<Ended> {
    const retired = await readRetired();
    const isNew = !retired.includes(label);
    const mustProve = options.withoutProof && (await readConfig("retireWithoutProof")) !== "true";
    let isDone: boolean;
    let isTold: boolean;
    try {
        if (isNew) await setConfig(`retired[${retired.length}]`, label);
        if (mustProve) await read("config", "set", configKey("retireWithoutProof"), "true");
        ({ isDone } = await carryOut(options));
    } finally {
        if (mustProve) await removeConfig("retireWithoutProof");
        isTold = (await readRecorded()).refused.includes(label);
        if (isNew && !isTold) {
            await removeConfig(retired.length === 0 ? "retired" : `retired[${retired.length}]`);
        }
    }
    const file = await configurationFile();
    if (isDone) {
        return { outcome: "done", says: `Receivers refuse ${label} for good. Commit ${file}.` };
    }
    if (isTold) {
        const says = `Not finished: receivers were told to refuse ${label}. Commit ${file}, and run pulumi up.`;
        return { outcome: "unfinished", says };
    }
    const says = `error: ${label} was not retired: see above; the configuration is as it was`;
    return { outcome: "unchanged", says };
}

await runCommand(command);
