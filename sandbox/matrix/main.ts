import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { messageOf } from "../../text/messageOf.ts";
import { RUNNING_RECEIVERS, type RunningKind } from "../parts/receiverParts.ts";
import { provideSender, RUNNING_SENDERS, type RunningSender } from "../parts/senderParts.ts";
import { runRecipe } from "../runs/recipe.ts";
import { listParts } from "../runs/rotationReport.ts";
import { runGap, runTrial } from "../runs/runTrial.ts";
import { PROJECT, type Sandbox, startSandbox } from "../sandbox.ts";
import { provideTools, type Tool } from "../toolchain/toolchain.ts";
import { EVERY, findMisfits, type Misfit, type Pair, pairsOf } from "./pairs.ts";
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
const DROPPING: readonly RunningSender[] = ["prometheus", "opentelemetry-collector", "alloy"];

/** The sender of the published recipe. */
const OF_RECIPE: RunningSender = "alloy";

interface Wanted {
    readonly sender?: RunningSender;
    readonly receiver?: RunningKind;
}

/** Rotates what is wanted; resolves to the exit code. */
async function main(wanted: Wanted): Promise<number> {
    const { senders, ...ofSenders } = await provideSenders(wanted.sender);
    const { receivers, ...ofReceivers } = await provideReceivers(wanted.receiver);
    const pairs = senders.flatMap((one) => receivers.flatMap((other) => pairsOf(one, other)));
    const directory = await mkdtemp(join(tmpdir(), "matrix-"));
    const sandbox = await startSandbox({ directory, beside: [] });
    try {
        const matrix = {
            ...(await runMatrix(sandbox, pairs)),
            misfits: [...findMisfits(), ...ofSenders.misfits, ...ofReceivers.misfits],
            programs: listParts({ ...sandbox.tools, ...ofSenders.tools, ...ofReceivers.tools }),
        };
        console.log(`\n${renderText(matrix)}`);
        const faults = findFaults(matrix);
        for (const fault of faults) console.error(`error: ${fault}`);
        const isWhole = !wanted.sender && !wanted.receiver;
        if (isWhole) await writeFile(join(PROJECT, REPORT), renderMarkdown(matrix));
        return faults.length === 0 ? 0 : 1;
    } finally {
        await sandbox.stop();
        await rm(directory, { recursive: true, force: true });
    }
}

interface Provided {
    readonly tools: Readonly<Record<string, Tool>>;
    /** Why the others are not there. */
    readonly misfits: readonly Misfit[];
}

/** Provides the programs that senders need, which may take long to build. */
async function provideSenders(
    wanted: RunningSender | undefined,
): Promise<Provided & { readonly senders: readonly RunningSender[] }> {
    const senders: RunningSender[] = [];
    const tools: Record<string, Tool> = {};
    const misfits: Misfit[] = [];
    for (const sender of wanted ? [wanted] : RUNNING_SENDERS) {
        try {
            const { tool } = await provideSender(sender);
            tools[tool.name] = tool;
            senders.push(sender);
        } catch (error) {
            if (wanted) throw error;
            misfits.push({ ...EVERY, sender, reason: messageOf(error) });
        }
    }
    return { senders, tools, misfits };
}

/** Provides what receivers need that is neither of a sandbox nor of Debian, likewise. */
async function provideReceivers(
    wanted: RunningKind | undefined,
): Promise<Provided & { readonly receivers: readonly RunningKind[] }> {
    const all = wanted ? [wanted] : RUNNING_RECEIVERS;
    if (!all.includes("traefik")) return { receivers: all, tools: {}, misfits: [] };
    try {
        return { receivers: all, tools: await provideTools(["traefik"]), misfits: [] };
    } catch (error) {
        if (wanted) throw error;
        const misfit = { ...EVERY, receiver: "traefik", reason: messageOf(error) };
        const receivers = all.filter((one) => one !== "traefik");
        return { receivers, tools: {}, misfits: [misfit] };
    }
}

/**
 * Rotates pairs, beside controls that must lose samples: one of each sender that drops what is
 * refused, by hand with a gap, and the published recipe.
 */
async function runMatrix(
    sandbox: Sandbox<never>,
    pairs: readonly Pair[],
): Promise<Pick<Matrix, "cells" | "controls" | "recipe">> {
    const dropping = pairs.filter(({ sender }) => DROPPING.includes(sender));
    const firsts = new Map(dropping.toReversed().map((pair) => [pair.sender, pair]));
    const controls: Cell[] = [];
    for (const pair of firsts.values()) {
        controls.push(await tryCell(pair, `${nameOf(pair)}-gap`, runGap));
    }
    const recipe = await tryRecipe(sandbox, pairs);
    const cells: Cell[] = [];
    for (const pair of pairs) cells.push(await tryCell(pair, nameOf(pair), runTrial));
    return { cells, controls, recipe };

    async function tryCell(pair: Pair, name: string, run: typeof runTrial): Promise<Cell> {
        const report = await attemptRun(name, () => run(sandbox, { ...pair, name }));
        const cell = { pair, report };
        if (report) console.log(`${name}: ${describe(cell)}`);
        return cell;
    }
}

/** Runs the recipe where one of the pairs is of its sender and receiver. */
async function tryRecipe(
    sandbox: Sandbox<never>,
    pairs: readonly Pair[],
): Promise<Matrix["recipe"]> {
    const pair = pairs.find(
        ({ sender, receiver, form }) =>
            sender === OF_RECIPE && receiver === "nginx" && form === "password",
    );
    if (!pair) return undefined;
    const count = await attemptRun("recipe", () => runRecipe(sandbox, pair.sender));
    return { pair, count };
}

async function attemptRun<R>(name: string, run: () => Promise<R>): Promise<R | undefined> {
    console.log(`${name}: rotating`);
    try {
        return await run();
    } catch (error) {
        console.error(`${name}: ${messageOf(error)}`);
        return undefined;
    }
}

const program = new Command("test:matrix")
    .description("Rotates senders against receivers while samples flow, and counts what was lost.")
    .addOption(new Option("--sender <kind>", "of this kind alone").choices(RUNNING_SENDERS))
    .addOption(new Option("--receiver <kind>", "of this kind alone").choices(RUNNING_RECEIVERS))
    .showHelpAfterError()
    .parse();

process.exit(await main(program.opts<Wanted>()));
