import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { messageOf } from "../../text/messageOf.ts";
import { RUNNING_RECEIVERS, type RunningKind } from "../parts/receiverParts.ts";
import { isSenderThere, RUNNING_SENDERS, type RunningSender } from "../parts/senderParts.ts";
import { runGap, runTrial } from "../runs/runTrial.ts";
import { PROJECT, type Sandbox, startSandbox } from "../sandbox.ts";
import { type Pair, pairsOf } from "./pairs.ts";
import {
    type Cell,
    describe,
    findFaults,
    type Matrix,
    nameOf,
    renderMarkdown,
    renderText,
} from "./table.ts";

const REPORT = join("docs", "matrix.md");

/** Senders that drop what is refused, as not all do: their gap must show. */
const DROPPING: readonly RunningSender[] = ["prometheus", "opentelemetry-collector"];

interface Wanted {
    readonly sender?: RunningSender;
    readonly receiver?: RunningKind;
}

/** Rotates what is wanted; resolves to the exit code. */
async function main(wanted: Wanted): Promise<number> {
    const senders = wanted.sender ? [wanted.sender] : await sendersThere();
    const receivers = wanted.receiver ? [wanted.receiver] : RUNNING_RECEIVERS;
    const pairs = senders.flatMap((sender) =>
        receivers.flatMap((receiver) => pairsOf(sender, receiver)),
    );
    const directory = await mkdtemp(join(tmpdir(), "matrix-"));
    const sandbox = await startSandbox({ directory, beside: [] });
    try {
        const matrix = await runMatrix(sandbox, pairs);
        console.log(`\n${renderText(matrix)}`);
        const faults = findFaults(matrix);
        for (const fault of faults) console.error(`error: ${fault}`);
        const isWhole = pairs.length > 1 && !wanted.sender && !wanted.receiver;
        if (isWhole) await writeFile(join(PROJECT, REPORT), renderMarkdown(matrix));
        return faults.length === 0 ? 0 : 1;
    } finally {
        await sandbox.stop();
        await rm(directory, { recursive: true, force: true });
    }
}

/** Those whose programs are there; the others are told. */
async function sendersThere(): Promise<readonly RunningSender[]> {
    const there: RunningSender[] = [];
    for (const sender of RUNNING_SENDERS) {
        if (await isSenderThere(sender)) there.push(sender);
        else
            console.log(
                `${sender}: left out, as its program is not built: --sender ${sender} does`,
            );
    }
    return there;
}

/** Rotates pairs, and by hand a control of each sender that must lose samples in a gap. */
async function runMatrix(sandbox: Sandbox<never>, pairs: readonly Pair[]): Promise<Matrix> {
    const dropping = pairs.filter(({ sender }) => DROPPING.includes(sender));
    const firsts = new Map(dropping.toReversed().map((pair) => [pair.sender, pair]));
    const controls: Cell[] = [];
    for (const pair of firsts.values()) {
        controls.push(await tryCell(pair, `${nameOf(pair)}-gap`, runGap));
    }
    const cells: Cell[] = [];
    for (const pair of pairs) cells.push(await tryCell(pair, nameOf(pair), runTrial));
    return { cells, controls };

    async function tryCell(pair: Pair, name: string, run: typeof runTrial): Promise<Cell> {
        console.log(`${name}: rotating`);
        const report = await run(sandbox, { ...pair, name }).catch((error: unknown) => {
            console.error(`${name}: ${messageOf(error)}`);
        });
        const cell = { pair, report: report ?? undefined };
        if (report) console.log(`${name}: ${describe(cell)}`);
        return cell;
    }
}

const program = new Command("test:matrix")
    .description("Rotates senders against receivers while samples flow, and counts what was lost.")
    .addOption(new Option("--sender <kind>", "of this kind alone").choices(RUNNING_SENDERS))
    .addOption(new Option("--receiver <kind>", "of this kind alone").choices(RUNNING_RECEIVERS))
    .showHelpAfterError()
    .parse();

process.exit(await main(program.opts<Wanted>()));
