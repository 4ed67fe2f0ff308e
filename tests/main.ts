import { globSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";
import options from "../.mocharc.json" with { type: "json" };
import { provideTools } from "../sandbox/toolchain.ts";
import { endWith } from "./ending.ts";

/** The rungs, quick ones first. Each says in `tests/` what it does not prove. */
const RUNGS = ["pure", "mocks", "engine"];

/** Runs the test files named on the command line, or all; ends with a line machines can read. */
async function main(named: readonly string[]): Promise<number> {
    const all = RUNGS.flatMap((rung) => globSync(`tests/${rung}/**/*.test.ts`).sort());
    const files = named.length === 0 ? all : globSync(named);
    if (files.length === 0) {
        throw new Error(
            `no test file matches ${named.join(" ")}: run npm test without arguments for all`,
        );
    }
    // Here rather than in a test, because building them may take long and shows progress.
    if (files.some((file) => file.includes("engine"))) await provideTools();
    const mocha = new Mocha({ ...options, color: process.stdout.isTTY });
    for (const file of files) mocha.addFile(join(process.cwd(), file));
    await mocha.loadFilesAsync();
    const { passes, failures } = await new Promise<{ passes: number; failures: number }>(
        (resolve) => {
            const runner = mocha.run(() => {
                const { passes = 0, failures = 0 } = runner.stats ?? {};
                resolve({ passes, failures });
            });
        },
    );
    console.log(`${passes} passed, ${failures} failed`);
    return failures === 0 && passes > 0 ? 0 : 1;
}

await endWith(main);
