import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { Run } from "../runs/engine.ts";
import { PROJECT } from "../sandbox.ts";
import { provideTools, RUNNING_TOOLS } from "../toolchain/toolchain.ts";
import { bench, type Sample } from "./bench.ts";
import { renderMarkdown, renderText } from "./report.ts";
import type { World } from "./world.ts";

const SENDERS = [1, 10, 100, 300];
const MOST_SENDERS = 1000;
const RUNS = 5;
/** A run with more senders takes minutes: the whole bench would take an hour. */
const MANY = { senders: 100, runs: 3 };
const STOP_SECONDS = 20;

interface Options {
    readonly senders?: readonly number[];
    readonly runs?: number;
}

const program = new Command("bench")
    .description(
        "Measures the program beside its resources written by hand and beside an empty program, in turn, on the\n" +
            "sandbox's parts. Without options it takes half an hour and writes docs/bench.md.",
    )
    .option("--senders <list>", "numbers of senders, such as 1,100", parseNumbers)
    .option("--runs <number>", "runs with each number of senders", parseNumber)
    .showHelpAfterError();

/** Numbers of senders, ascending. */
function parseNumbers(list: string): readonly number[] {
    const numbers = list.split(",").map(parseNumber);
    return [...new Set(numbers)].sort((a, b) => a - b);
}

function parseNumber(text: string): number {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= MOST_SENDERS) return number;
    throw new InvalidArgumentError(`must be whole numbers from 1 to ${MOST_SENDERS}.`);
}

async function main({ senders = SENDERS, runs }: Options): Promise<number> {
    const tools = await provideTools(RUNNING_TOOLS);
    const directory = await mkdtemp(join(tmpdir(), "bench-"));
    const running: { world?: World | undefined; run?: Run | undefined } = {};
    const measuring = bench({
        senders,
        runs: (count) => runs ?? (count > MANY.senders ? MANY.runs : RUNS),
        directory,
        tools,
        tell,
        onWorld: (world) => (running.world = world),
        onRun: (run) => (running.run = run),
    });
    measuring.catch(() => undefined); // awaited below, unless it is interrupted
    try {
        const samples = await Promise.race([measuring, interruption()]);
        if (samples === undefined) return 130;
        await publish(samples, tools, senders === SENDERS && runs === undefined);
        return 0;
    } finally {
        tell("stopping");
        await endRun(running.run);
        await running.world?.stop();
        await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
}

async function publish(
    samples: readonly Sample[],
    tools: Parameters<typeof renderMarkdown>[1],
    isWhole: boolean,
): Promise<void> {
    console.log(`\n${renderText(samples)}\n`);
    if (isWhole) await writeFile(join(PROJECT, "docs", "bench.md"), renderMarkdown(samples, tools));
    else
        console.log("docs/bench.md is left as it is: only a whole run, without options, writes it");
}

/** An engine that is asked to ends its plugins, too; one that does not listen is killed. */
async function endRun(run: Run | undefined): Promise<void> {
    if (!run) return;
    process.kill(run.pid, "SIGINT");
    const late = setTimeout(() => process.kill(-run.pid, "SIGKILL"), STOP_SECONDS * 1000);
    await run.outcome.catch(() => undefined);
    clearTimeout(late);
}

function interruption(): Promise<undefined> {
    return new Promise((resolve) => {
        for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
            process.once(signal, () => {
                resolve(undefined);
            });
        }
    });
}

const start = performance.now();

function tell(line: string): void {
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`[${String(seconds).padStart(4)} s] ${line}`);
}

try {
    program.parse();
    process.exitCode = await main(program.opts<Options>());
} catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
}
// A run that was interrupted may still be waiting for parts that are gone.
process.exit();
