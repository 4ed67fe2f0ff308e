import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { watchProcesses } from "../../../sandbox/bench/processes.ts";

const MEBIBYTE = 1024 * 1024;

/** Fills memory, frees it, works on and ends. */
const WORK = `
let filled = Buffer.alloc(256 * ${MEBIBYTE}, 1);
filled = undefined;
const end = performance.now() + 300;
while (performance.now() < end);
setTimeout(() => {}, 300);
`;

/** Has another do it. */
const START = `
require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(WORK)}]);
`;

describe("watchProcesses", () => {
    it("sees what a process's own children use, after they gave it back too", async function () {
        this.timeout(20_000);
        const child = spawn(process.execPath, ["-e", START], { stdio: "ignore" });
        const watch = watchProcesses(child.pid ?? 0);
        await once(child, "exit");
        const usage = watch.stop();
        // Elsewhere there is no /proc to see it in.
        assert.equal(usage !== undefined, process.platform === "linux");
        if (!usage) return;
        assert.ok(usage.memoryBytes > 256 * MEBIBYTE, `${usage.memoryBytes} bytes`);
        assert.ok(usage.processorSeconds > 0.2, `${usage.processorSeconds} s`);
    });

    it("sees nothing of a process that is none", () => {
        assert.equal(watchProcesses(2 ** 30).stop(), undefined);
    });
});
