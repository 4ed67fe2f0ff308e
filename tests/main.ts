import { globSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import Mocha from "mocha";
import options from "../.mocharc.json" with { type: "json" };
import { provideTools } from "../sandbox/toolchain/toolchain.ts";
import { endWith } from "./support/ending.ts";
import { neededTools } from "./support/neededTools.ts";

/**
 * What takes longest comes first; it runs the other files of `story`. Then the rungs, quick ones
 * first: what is pure, what runs under mocks, what needs the engine.
 */
const ALL = [
    "tests/story/leaks.engine.test.ts",
    "tests/!(story)/**/!(*.mocks|*.engine).test.ts",
    "tests/!(story)/**/*.mocks.test.ts",
    "tests/!(story)/**/*.engine.test.ts",
];

/** Each worker may have a sandbox, which takes a gigabyte. */
const MOST_WORKERS = 4;

/**
 * Runs the rooms or test files named on the command line, or all; ends with a line machines can
 * read.
 */
async function main(named: readonly string[]): Promise<number> {
    const all = ALL.flatMap((pattern) => globSync(pattern).sort());
    const files = named.length === 0 ? all : named.flatMap((name) => filesOf(name, all));
    if (files.length === 0) {
        throw new Error(
            `no test matches ${named.join(" ")}: name a folder of tests/ or a file, or nothing for all`,
        );
    }
    // Here rather than in a test, because building them may take long and shows progress.
    await provideTools(neededTools(files));
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

/**
 * The test files of a room, such as `rotation` or `update/preflight`, or those a path or a pattern
 * names.
 */
function filesOf(name: string, all: readonly string[]): readonly string[] {
    const folder = `${join("tests", name)}/`;
    const inRoom = all.filter((file) => file.startsWith(folder));
    return inRoom.length > 0 ? inRoom : globSync(name);
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
