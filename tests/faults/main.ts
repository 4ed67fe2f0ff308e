// Breaks one rotation after the other in a running sandbox while samples flow. Minutes long; `npm
// test` runs the quick ones.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT, startSandbox } from "../../sandbox/sandbox.ts";
import { endWith } from "../support/ending.ts";
import { breakAll } from "./breakAll.ts";
import { describe, findWrong, type Run, writeMarkdown } from "./report.ts";

async function main(args: readonly string[]): Promise<number> {
    const quick = args.includes("--quick");
    const named = args.filter((arg) => !arg.startsWith("--"));
    const full = !quick && named.length === 0;
    const directory = await mkdtemp(join(tmpdir(), "faults-"));
    const sandbox = await startSandbox({
        directory,
        onStart: (part) => {
            console.log(`starting ${part}`);
        },
    });
    try {
        const run = await breakAll(
            sandbox,
            (fault) => {
                const picked =
                    named.length === 0 ||
                    named.some((part) => `${fault.where}: ${fault.name}`.includes(part));
                return picked && (!quick || fault.quick === true);
            },
            (line) => {
                console.log(line);
            },
        );
        console.log(`\n${describe(run)}\n`);
        const wrong = findWrong(run, full);
        for (const line of wrong) console.error(`error: ${line}`);
        if (full && wrong.length === 0) await publish(run);
        const passed = run.results.filter(({ error }) => error === undefined).length;
        console.log(`${passed} passed, ${run.results.length - passed} failed`);
        return wrong.length === 0 ? 0 : 1;
    } finally {
        await sandbox.stop();
        await rm(directory, { recursive: true, force: true });
    }
}

async function publish(run: Run): Promise<void> {
    await mkdir(join(PROJECT, "docs"), { recursive: true });
    await writeMarkdown(join(PROJECT, "docs", "faults.md"), run);
}

await endWith(main);
