import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearLockedPorts } from "get-port";
import {
    freePort,
    onFreePorts,
    type PartOptions,
    PortTakenError,
    startPart,
    waitFor,
} from "../../../sandbox/parts/process.ts";
import { alive } from "../../support/processes.ts";

const PROCESS_MODULE = new URL("../../../sandbox/parts/process.ts", import.meta.url).href;

let directory: string;
before(async () => {
    directory = await mkdtemp(join(tmpdir(), "process-"));
});
after(async () => {
    await rm(directory, { recursive: true });
});

/** A part run by this Node, called after the test so that logs stay apart. */
function part(name: string, script: string, rest: Partial<PartOptions> = {}): PartOptions {
    const args = ["-e", script];
    return { name, command: process.execPath, args, logs: directory, ready: () => true, ...rest };
}

const STAY = "setInterval(() => {}, 1000)";

describe("startPart", () => {
    it("resolves when the part answers and writes both outputs to its log", async () => {
        const log = join(directory, "talker.log");
        const script = `console.log("one"); console.error("two"); ${STAY}`;
        const ready = async () => (await readFile(log, "utf8")) === "one\ntwo\n";
        const talker = await startPart(part("talker", script, { ready }));
        assert.equal(talker.log, log);
        assert.equal(alive(talker.pid), true);
        await talker.stop();
        assert.equal(alive(talker.pid), false);
        assert.equal(await talker.ended, "SIGTERM");
    });

    it("names the part, the limit, the reason and the last line when it does not answer", async () => {
        const options = part("mute", "", {
            command: "/bin/sh", // speaks within the limit, also on a busy machine
            args: ["-c", 'echo "first"; echo "last words"; exec tail -f /dev/null'],
            ready: () => {
                throw new Error("no answer");
            },
            withinSeconds: 1,
        });
        await assert.rejects(startPart(options), {
            message: `mute answering: not within 1 s; last: no answer; last line of ${join(directory, "mute.log")}: last words`,
        });
    });

    it("says at once that the part ended before it answered", async () => {
        const options = part("brief", 'console.log("no config"); process.exit(3)', {
            ready: () => false,
            withinSeconds: 60,
        });
        await assert.rejects(startPart(options), {
            message: `brief ended before it answered (exit code 3); last line of ${join(directory, "brief.log")}: no config`,
        });
    });

    it("says what is missing when there is no such program", async () => {
        const command = join(directory, "absent");
        await assert.rejects(
            startPart(part("absent", "", { command, ready: () => false })),
            /absent ended before it answered \(exit code 127\); .*not found/,
        );
    });

    it("kills a part that ignores being asked, and what the part started", async () => {
        const child = `require("child_process").spawn(process.execPath, ["-e", "${STAY}"])`;
        const log = join(directory, "stubborn.log");
        const script = `process.on("SIGTERM", () => process.exit(0)); console.log(${child}.pid); ${STAY}`;
        const ready = async () => (await readFile(log, "utf8")).endsWith("\n");
        const stubborn = await startPart(part("stubborn", script, { ready }));
        const grandchild = Number(await readFile(log, "utf8"));
        assert.equal(alive(grandchild), true);
        await stubborn.stop();
        await waitFor("the grandchild gone", () => !alive(grandchild), { withinSeconds: 60 });
    });

    it("stops once, however often it is asked, also when the part has ended by itself", async () => {
        const once = await startPart(part("once", "setTimeout(() => {}, 200)"));
        await Promise.all([once.stop(), once.stop()]);
        await once.stop();
        const over = await startPart(part("over", "process.exitCode = 4"));
        assert.equal(await over.ended, "exit code 4");
        await over.stop();
    });

    it("passes on PATH, HOME and TMPDIR and nothing else", async () => {
        const log = join(directory, "bare.log");
        const script = `console.log(Object.keys(process.env).join()); ${STAY}`;
        const ready = async () => (await readFile(log, "utf8")).endsWith("\n");
        const bare = await startPart(part("bare", script, { ready, env: { MINE: "1" } }));
        await bare.stop();
        const shell = ["PWD", "OLDPWD", "SHLVL", "_"]; // what /bin/sh may add
        const names = (await readFile(log, "utf8")).trim().split(",");
        const ours = ["HOME", "MINE", "PATH", "TMPDIR"];
        assert.deepEqual(
            names.filter((name) => !ours.includes(name) && !shell.includes(name)),
            [],
        );
        assert.equal(names.includes("MINE"), true);
    });

    it("ends the part when we are killed and cannot", async () => {
        const script = `
            const { startPart } = await import(${JSON.stringify(PROCESS_MODULE)});
            const child = await startPart({
                name: "orphan", command: process.execPath, args: ["-e", ${JSON.stringify(STAY)}],
                logs: ${JSON.stringify(directory)}, ready: () => true,
            });
            console.log(child.pid);`;
        const parent = spawn(process.execPath, ["--input-type=module", "-e", script]);
        const [line] = (await once(parent.stdout, "data")) as [Buffer];
        const pid = Number(line.toString());
        assert.equal(alive(pid), true);
        parent.kill("SIGKILL");
        await waitFor("the part gone", () => !alive(pid), { withinSeconds: 60 });
    });
});

describe("onFreePorts", () => {
    it("starts again on another port when the one it chose was taken", async () => {
        const taken = createServer().unref();
        await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
        const { port } = taken.address() as { port: number };
        const ports = [port, await freePort()];
        const listener = await onFreePorts(async () => {
            const listen = `require("net").createServer().listen(${ports.shift() ?? 0}, "127.0.0.1",
                () => console.log("listening"))`;
            const log = join(directory, "listener.log");
            const ready = async () => (await readFile(log, "utf8")).endsWith("listening\n");
            return startPart(part("listener", listen, { ready }));
        });
        await listener.stop();
        assert.deepEqual(ports, []);
    });

    it("gives up after three ports", async () => {
        let tries = 0;
        const start = () => {
            tries++;
            return Promise.reject(new PortTakenError("taken"));
        };
        await assert.rejects(onFreePorts(start), PortTakenError);
        assert.equal(tries, 3);
    });
});

/** The lowest port the system gives to an outgoing connection; macOS has 49152. */
async function lowestOutgoing(): Promise<number> {
    const range = await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8").catch(
        () => "49152",
    );
    return Number.parseInt(range, 10);
}

describe("freePort", () => {
    it("gives out no port twice", async () => {
        const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
        assert.equal(new Set(ports).size, 50);
    });

    it("gives out none that an outgoing connection could take before it is listened on", async () => {
        const lowest = await lowestOutgoing();
        const port = await freePort();
        assert.ok(port < lowest, `${port}, outgoing connections have ${lowest} and above`);
    });

    it("does not come back to one soon", async () => {
        const port = await freePort();
        clearLockedPorts(); // as after half a minute
        assert.notEqual(await freePort(), port);
    });
});

describe("waitFor", () => {
    it("resolves to what the condition returns", async () => {
        let looks = 0;
        const third = await waitFor("the third look", () => ++looks === 3 && "here", {
            withinSeconds: 5,
            everySeconds: 0.001,
        });
        assert.equal(third, "here");
    });

    it("holds its limit when the condition never settles", async () => {
        await assert.rejects(
            waitFor("the answer", () => new Promise(() => undefined), { withinSeconds: 0.1 }),
            { message: "the answer: not within 0.1 s; last: it does not hold" },
        );
    });

    it("names what caused the last error", async () => {
        const condition = () => {
            throw new Error("fetch failed", { cause: new Error("connect ECONNREFUSED") });
        };
        await assert.rejects(waitFor("the answer", condition, { withinSeconds: 0.1 }), {
            message: "the answer: not within 0.1 s; last: fetch failed: connect ECONNREFUSED",
        });
    });
});
