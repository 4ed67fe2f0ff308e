// What cannot be installed. What can is used by the tests of Ansible and of AWS.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { providePython } from "../../../sandbox/toolchain/python.ts";
import { screen, useWorkbench } from "../../support/workbench.ts";

describe("providePython", function () {
    this.timeout(120_000);
    const bench = useWorkbench();

    it("says in one line what cannot be installed, and leaves nothing of it", async () => {
        const options = { cache: bench.cache, output: screen() };
        await assert.rejects(providePython({ title: "gadget", requirement: "==" }, options), {
            // As pip has it
            message: /^== cannot be installed: Invalid requirement: .*: it takes Python 3\.10 .*$/,
        });
        assert.deepEqual(await readdir(bench.cache), []);
    });
});
