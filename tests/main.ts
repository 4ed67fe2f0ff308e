import { globSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import Mocha from "mocha";
import options from "../.mocharc.json" with { type: "json" };
import { cacheDirectory, provideTools } from "../sandbox/toolchain/toolchain.ts";
import { endWith } from "./support/ending.ts";
import { neededTools } from "./support/neededTools.ts";
import { select } from "./support/selection.ts";

/**
 * A worker takes the next file when it is done with one: what takes longest comes first, so that all
 * are busy to the end. First what has a sandbox of its own; then the story, which expects one that
 * no other test has changed.
 */
const ORDER = [
    "tests/faults/*.engine.test.ts",
    "tests/sandbox/runs/*.engine.test.ts",
    "tests/story/rotation.engine.test.ts", // begins with the first update of all
    "tests/alerts/alerts.engine.test.ts", // waits for ten alerts to come and go
    "tests/story/*.test.ts",
    "tests/**/*.engine.test.ts",
    "tests/**/*.mocks.test.ts",
    "tests/**/*.test.ts",
];

/** Each worker may have a sandbox, which takes a gigabyte. */
const MOST_WORKERS = 4;

/** Runs what {@link select} takes; ends with a line machines can read. */
async function main(args: readonly string[]): Promise<number> {
    const all = new Set(ORDER.flatMap((pattern) => globSync(pattern).sort()));
    const files = select(args, [...all]);
    // Here rather than in a test, because building them may take long and shows progress.
    await provideTools(neededTools(files));
    const directory = await mkdtemp(join(tmpdir(), "tests-"));
    await chmod(directory, 0o711); // OpenSSH's server runs as another user
    process.env["TMPDIR"] = directory; // what a test that is killed leaves goes with it
    // A third off the time a command takes to load
    process.env["NODE_COMPILE_CACHE"] ??= join(cacheDirectory(), "compiled");
    try {
        const { passes, failures } = await run(files);
        console.log(`${passes} passed, ${failures} failed`);
        return failures === 0 && passes > 0 ? 0 : 1;
    } finally {
        // What workers started ends with them, which takes a moment.
        await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
}

/** Runs the files side by side, each worker with a sandbox of its own when a file asks for one. */
async function run(files: readonly string[]): Promise<{ passes: number; failures: number }> {
    const jobs = Math.min(availableParallelism(), MOST_WORKERS, files.length);
    const mocha = new Mocha({ ...options, parallel: true, jobs, color: process.stdout.isTTY });
    for (const file of files) mocha.addFile(join(process.cwd(), file));
    if (jobs === 1) await mocha.loadFilesAsync();
    return new Promise((resolve) => {
        const runner = mocha.run(() => {
            const { passes = 0, failures = 0 } = runner.stats ?? {};
            resolve({ passes, failures });
        });
    });
}

await endWith(main);
