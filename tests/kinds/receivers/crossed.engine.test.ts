// How wide the window is in which a sender that reads a username and a password from two files
// reads half of each generation, as a kubelet swaps them: docs/receivers.md says what follows.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { writeAtomically } from "../../../sandbox/kubernetes/atomicWriter.ts";

const SWAPS = 500;

/** Reads both, as a Prometheus does for a push, without a pause, until it is told to end. */
const READER = `
    const { readFileSync } = require("node:fs");
    const { parentPort, workerData } = require("node:worker_threads");
    let over = false;
    parentPort.on("message", () => (over = true));
    const seen = { pairs: 0, crossed: 0, backwards: 0, seconds: 0 };
    const start = performance.now();
    const round = () => {
        for (let count = 0; count < 200; count++) {
            try {
                const username = readFileSync(workerData + "/username", "utf8");
                const password = readFileSync(workerData + "/token", "utf8");
                seen.pairs++;
                if (Number(username) < Number(password)) seen.crossed++;
                if (Number(username) > Number(password)) seen.backwards++;
            } catch {} // removed while it was opened: a push that is tried again
        }
        if (!over) return setImmediate(round);
        seen.seconds = (performance.now() - start) / 1000;
        parentPort.postMessage(seen);
    };
    round();`;

interface Seen {
    readonly pairs: number;
    /** A former username with a later password. */
    readonly crossed: number;
    readonly backwards: number;
    readonly seconds: number;
}

describe("a sender that reads a username and a password", function () {
    this.timeout(120_000);
    let directory = "";
    let seen: Seen;
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "crossed-"));
        const write = (version: number) => {
            const text = Buffer.from(String(version));
            return writeAtomically(
                directory,
                new Map([
                    ["username", text],
                    ["token", text],
                ]),
            );
        };
        await write(0);
        const reader = new Worker(READER, { eval: true, workerData: directory });
        const ended = once(reader, "message") as Promise<[Seen]>;
        for (let version = 1; version <= SWAPS; version++) await write(version);
        reader.postMessage("end");
        [seen] = await ended;
        await reader.terminate();
        const share = seen.crossed / SWAPS;
        const milliseconds = (seen.seconds / seen.pairs) * 1000;
        console.log(
            `      ${seen.crossed} of ${seen.pairs} pairs crossed in ${SWAPS} swaps, ${milliseconds.toFixed(3)} ms a pair: ` +
                `a window of ${(share * milliseconds).toFixed(3)} ms a swap`,
        );
    });
    after(() => rm(directory, { recursive: true, force: true }));

    it("reads halves of two generations now and then, never the other way round", () => {
        assert.ok(seen.pairs > SWAPS);
        assert.ok(seen.crossed > 0, "it was not looked often enough");
        assert.equal(seen.backwards, 0);
    });

    it("does so within less than a millisecond of a swap, of which a rotation has one a pod", () => {
        const window = (seen.crossed / SWAPS) * (seen.seconds / seen.pairs);
        assert.ok(window < 0.001, `${window} s`);
    });
});
