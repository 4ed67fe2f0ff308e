// The quick ones of `npm run test:faults`, which runs all.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { breakAll } from "./breakAll.ts";
import { findWrong } from "./report.ts";

const KINDS = [
    "GitHub",
    "Kubernetes",
    "by hand",
    "engine",
    "objects",
    "receiver",
    "refusals",
    "routes",
    "state",
    "the record",
];

describe("a rotation that is broken on purpose", function () {
    this.timeout(1_800_000); // two minutes, unless the machine is busy with other things
    let sandbox: Sandbox;
    before(async () => {
        sandbox = await startSandbox({ directory: await mkdtemp(join(tmpdir(), "faults-")) });
    });
    after(async () => {
        await sandbox.stop();
        await rm(sandbox.directory, { recursive: true, force: true });
    });

    it("loses no sample, and is finished by the next update", async () => {
        const told: string[] = [];
        const run = await breakAll(
            sandbox,
            ({ quick }) => quick === true,
            (line) => told.push(line),
        );
        assert.deepEqual(findWrong(run, false), [], told.join("\n"));
        const kinds = new Set(run.results.map(({ where }) => where));
        assert.deepEqual([...kinds].sort(), KINDS);
    });
});
