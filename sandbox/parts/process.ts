import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import getPort from "get-port";
import { codeOf, reasonOf } from "./errors.ts";

const PATIENCE_SECONDS = 30;
const STOP_SECONDS = 10; // then SIGKILL
// Two sandboxes that both lose a port three times in a row are not racing, something is wrong
const TRIES = 3;

const LOWEST_PORT = 10_240;
const DRAW = 512; // ports a process draws from
const DRAWS = 44; // the last ends at 32767
let lastDrawn = 0; // how far into its ports the process is

// Node cannot ask the kernel to kill a child when its parent dies, so a shell does: `read` returns
// when we let go of the pipe, which the kernel does for us however we end. The part is its own
// process group, so what it started goes too.
const WATCH = 'read -r done || kill -s KILL -- "-$1"';
// The part itself starts only when somebody watches it: a pipe that closes before the go is a
// parent that died.
const GATE = 'read -r go <&3 || exit 1; exec "$@" 3<&-';

/** What a part is started with. */
export interface PartOptions {
    /**
     * What the part is called in errors, and its log: `<logs>/<name>.log`, which is appended to.
     */
    readonly name: string;
    /** Path of the program. */
    readonly command: string;
    readonly args: readonly string[];
    /** Directory of the log; made if it is missing. */
    readonly logs: string;
    /** Working directory. Defaults to ours. */
    readonly directory?: string;
    /** Environment beside PATH, HOME and TMPDIR, which are ours; nothing else is inherited. */
    readonly env?: Readonly<Record<string, string>>;
    /** Whether the part answers; see {@link waitFor}. Must end when the signal is aborted. */
    readonly ready: (signal: AbortSignal) => unknown;
    /** Seconds the part may take to answer. Defaults to 30. */
    readonly withinSeconds?: number;
    /**
     * What asks the part to end; whatever it is, SIGKILL follows after 10 s. Defaults to SIGTERM.
     */
    readonly stopSignal?: NodeJS.Signals;
}

/** A part that answers. */
export interface Part {
    readonly name: string;
    readonly pid: number;
    /** Path of the log. */
    readonly log: string;
    /**
     * Resolves when the part has ended, by itself or by `stop`, with words such as "exit code 1" or
     * "SIGKILL".
     */
    readonly ended: Promise<string>;
    /** Ends the part and all it started; resolves when they are gone. May be called again. */
    stop(): Promise<void>;
}

/** The part could not listen because its port was taken between choosing and listening. */
export class PortTakenError extends Error {}

/** What a wait is bounded by. */
export interface WaitOptions {
    /** Seconds until the wait fails. */
    readonly withinSeconds: number;
    /** Seconds between two looks. Defaults to 0.05. */
    readonly everySeconds?: number;
    /** Ends the wait early; it then fails with the signal's reason. */
    readonly signal?: AbortSignal;
}

/**
 * Looks until `condition` returns something other than undefined, null or false, and resolves to
 * it. A condition that throws is one that does not hold yet. The error names `what`, the limit and
 * the last thing the condition threw.
 */
export async function waitFor<T>(
    what: string,
    condition: (signal: AbortSignal) => T | Promise<T>,
    options: WaitOptions,
): Promise<Exclude<Awaited<T>, undefined | null | false>> {
    const limit = AbortSignal.timeout(options.withinSeconds * 1000);
    const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
    const over = () => signal.aborted;
    let reason = "it does not hold";
    while (!over()) {
        try {
            const value = await orAborted(condition(signal), signal);
            if (value !== undefined && value !== null && value !== false) {
                return value as Exclude<Awaited<T>, undefined | null | false>;
            }
        } catch (error) {
            // What fails because the limit struck says nothing about why the condition never held.
            if (!over()) reason = reasonOf(error);
        }
        const milliseconds = (options.everySeconds ?? 0.05) * 1000;
        await pause(milliseconds, undefined, { signal }).catch(() => undefined);
    }
    options.signal?.throwIfAborted();
    throw new Error(`${what}: not within ${options.withinSeconds} s; last: ${reason}`);
}

/**
 * Rejects when the signal fires, so that a condition which never settles cannot hold a wait past
 * its limit.
 */
async function orAborted<T>(value: T | Promise<T>, signal: AbortSignal): Promise<T> {
    const aborted = Promise.withResolvers<never>();
    const abort = () => {
        aborted.reject(new Error("aborted"));
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
        return await Promise.race([value, aborted.promise]);
    } finally {
        signal.removeEventListener("abort", abort);
    }
}

/**
 * A port nothing listens on, on 127.0.0.1. What is to listen on it may start much later, when its
 * pod's Secret is there, so it is none that systems give to outgoing connections (Linux from 32768,
 * macOS from 49152), nor of those another process draws from, nor one given out lately.
 */
export async function freePort(): Promise<number> {
    const first = LOWEST_PORT + (process.pid % DRAWS) * DRAW;
    const ports = Array.from({ length: DRAW }, (_, at) => first + ((lastDrawn + at) % DRAW));
    const port = await getPort({ host: "127.0.0.1", port: ports });
    lastDrawn = port - first + 1;
    return port;
}

/**
 * Runs `start` and, when a port it chose was taken by another process meanwhile, again, three times
 * in all. `start` must choose its ports anew each time.
 */
export async function onFreePorts<T>(start: () => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
        try {
            return await start();
        } catch (error) {
            if (!(error instanceof PortTakenError) || tried === TRIES) throw error;
        }
    }
}

/**
 * Starts a program and resolves when it answers. It ends with us, also when we are killed.
 *
 * Fails, leaving nothing running, when the part ends before it answers or does not answer within
 * its limit; the error names the part, the limit and the last line of its log. Fails with {@link
 * PortTakenError} when its port was taken.
 */
export async function startPart(options: PartOptions): Promise<Part> {
    mkdirSync(options.logs, { recursive: true });
    const log = join(options.logs, `${options.name}.log`);
    const child = spawnGated(options, log);
    const pid = child.pid;
    if (pid === undefined) throw new Error(`${options.name}: could not be started`);
    const watcher = spawn("/bin/sh", ["-c", WATCH, "watch", String(pid)], {
        stdio: ["pipe", "ignore", "ignore"],
        // An interrupt typed at the terminal must not end the watcher before the part
        detached: true,
    });
    const ended = Promise.all([end(child, watcher), once(watcher)]).then(([how]) => how);
    release(child.stdio[3] as NodeJS.WritableStream);
    const part = { name: options.name, pid, log, ended, stop: stopper(pid, ended, options) };
    try {
        await answered(part, options);
        return part;
    } catch (error) {
        await part.stop();
        throw error;
    }
}

function spawnGated(options: PartOptions, log: string): ChildProcess {
    const output = openSync(log, "a", 0o600);
    const { PATH = "", HOME = "", TMPDIR } = process.env;
    try {
        return spawn("/bin/sh", ["-c", GATE, "gate", options.command, ...options.args], {
            cwd: options.directory,
            env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...options.env },
            stdio: ["ignore", output, output, "pipe"],
            detached: true, // a process group of its own, which can be ended as one
        }).on("error", () => undefined); // a missing pid says so
    } finally {
        closeSync(output);
    }
}

/** Lets the shell at the other end of the pipe go on; it may be gone already. */
function release(pipe: NodeJS.WritableStream): void {
    pipe.on("error", () => undefined);
    pipe.end("\n");
}

async function once(child: ChildProcess): Promise<string> {
    return new Promise((resolve) => {
        child.once("exit", (code, signal) => {
            resolve(signal ?? `exit code ${String(code)}`);
        });
    });
}

async function end(child: ChildProcess, watcher: ChildProcess): Promise<string> {
    const how = await once(child);
    killGroup(child.pid, "SIGKILL"); // what the part started and left behind
    if (watcher.stdin) release(watcher.stdin);
    return how;
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
    if (pid === undefined) return;
    try {
        process.kill(-pid, signal);
    } catch (error) {
        if (codeOf(error) !== "ESRCH") throw error;
    }
}

function stopper(pid: number, ended: Promise<string>, options: PartOptions): () => Promise<void> {
    const endedWithin = async (seconds: number) => {
        const patience = new AbortController();
        const late = pause(seconds * 1000, false, patience).catch(() => false);
        const over = await Promise.race([ended.then(() => true), late]);
        patience.abort();
        return over;
    };
    const stop = async () => {
        if (await endedWithin(0)) return; // its number may be another's by now
        killGroup(pid, options.stopSignal ?? "SIGTERM");
        if (await endedWithin(STOP_SECONDS)) return;
        killGroup(pid, "SIGKILL");
        await ended;
    };
    let stopping: Promise<void> | undefined;
    return () => (stopping ??= stop());
}

async function answered(part: Part, options: PartOptions): Promise<void> {
    const seconds = options.withinSeconds ?? PATIENCE_SECONDS;
    const early = new AbortController();
    void part.ended.then((how) => {
        early.abort(new Error(`${part.name} ended before it answered (${how})`));
    });
    try {
        await waitFor(`${part.name} answering`, options.ready, {
            withinSeconds: seconds,
            signal: early.signal,
        });
    } catch (error) {
        const lines = (await readFile(part.log, "utf8")).trimEnd().split("\n");
        const message = `${reasonOf(error)}; last line of ${part.log}: ${lines.at(-1) ?? ""}`;
        const tail = lines.slice(-20).join("\n"); // a stack may follow the line that matters
        const taken = early.signal.aborted && /address already in use/i.test(tail);
        throw taken ? new PortTakenError(message) : new Error(message);
    }
}
