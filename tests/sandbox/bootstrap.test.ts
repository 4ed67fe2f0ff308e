// What `bootstrap.mjs` takes for installed. Does not prove what npm installs: a made-up one says
// that it ran.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { useWorkbench } from "../support/workbench.ts";

const BOOTSTRAP = fileURLToPath(new URL("../../bootstrap.mjs", import.meta.url));

const PRODUCT = { "node_modules/zod": { version: "4.6.7" } };
const TESTS = { "node_modules/mocha": { version: "12.0.3", dev: true } };
const WORKSPACE = {
    sandbox: { name: "the-sandbox" },
    "node_modules/the-sandbox": { resolved: "sandbox", link: true },
};
const OTHER_MACHINES = { "node_modules/fsevents": { version: "2.3.3", optional: true } };
const LOCK = { "": {}, ...PRODUCT, ...TESTS, ...WORKSPACE, ...OTHER_MACHINES };

describe("bootstrap.mjs", () => {
    const bench = useWorkbench();

    /** The commands it gives npm, where this is installed; undefined is nothing at all. */
    async function commands(installed: object | undefined, args: string[] = []): Promise<string> {
        const npm = await bench.script("bin/npm", '#!/bin/sh\necho "$*" >&2\n');
        await writeFile(join(bench.directory, "package-lock.json"), lock(LOCK));
        if (installed !== undefined) {
            await mkdir(join(bench.directory, "node_modules"));
            const record = join(bench.directory, "node_modules", ".package-lock.json");
            await writeFile(record, lock(installed));
        }
        const { stderr } = await execa(process.execPath, [BOOTSTRAP, ...args], {
            cwd: bench.directory,
            env: { PATH: `${dirname(npm)}:/usr/bin:/bin` },
        });
        return stderr.split("\n").slice(1).join("\n");
    }

    const INSTALL = "ci --no-audit --no-fund --loglevel=error";

    it("installs in a fresh clone", async () => {
        assert.equal(await commands(undefined), INSTALL);
    });

    it("installs nothing where all but other machines' packages is there", async () => {
        assert.equal(await commands({ ...PRODUCT, ...TESTS, ...WORKSPACE }), "");
    });

    it("installs when a package is of another version", async () => {
        const older = { "node_modules/mocha": { version: "11.0.0", dev: true } };
        assert.equal(await commands({ ...PRODUCT, ...older, ...WORKSPACE }), INSTALL);
    });

    it("installs when the workspace was left out", async () => {
        assert.equal(await commands({ ...PRODUCT, ...TESTS }), INSTALL);
    });

    it("is content with the product alone where that is all that is asked for", async () => {
        assert.equal(await commands(PRODUCT, ["--product"]), "");
    });

    it("installs when a package of the product is missing, whatever is asked for", async () => {
        assert.equal(await commands({ ...TESTS, ...WORKSPACE }, ["--product"]), INSTALL);
    });
});

function lock(packages: object): string {
    return JSON.stringify({ packages });
}
