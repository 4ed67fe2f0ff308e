import { globSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import Mocha from "mocha";
import options from "../.mocharc.json" with { type: "json" };
import { provideTools } from "../sandbox/toolchain.ts";
import { endWith } from "./ending.ts";

/** The rungs, quick ones first; before them what takes longest, which runs the files in `engine/story`. */
const ALL = [
    "tests/engine/leaks.test.ts",
    "tests/pure/**/*.test.ts",
    "tests/mocks/*.test.ts",
    "tests/engine/*.test.ts",
];

/** Each worker may have a sandbox, which takes a gigabyte. */
const MOST_WORKERS = 4;

/** Runs the test files named on the command line, or all; ends with a line machines can read. */
async function main(named: readonly string[]): Promise<number> {
    const all = ALL.flatMap((pattern) => globSync(pattern).sort());
    const files = named.length === 0 ? [...new Set(all)] : globSync(named);
    if (files.length === 0) {
        throw new Error(
            `no test file matches ${named.join(" ")}: run npm test without arguments for all`,
        );
    }
    // Here rather than in a test, because building them may take long and shows progress.
    if (files.some((file) => file.includes("engine"))) await provideTools();
    const directory = await mkdtemp(join(tmpdir(), "tests-"));
    await chmod(directory, 0o711); // OpenSSH's server runs as another user
    process.env["TMPDIR"] = directory; // what a test that is killed leaves goes with it
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
