import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const EVERY_MILLISECONDS = 50; // `pulumi config set` takes ten times as long

/**
 * What another process was started with, as any user (arguments) or the same user (environment) can
 * read it.
 */
export interface Sighting {
    readonly pid: number;
    /** The words parted by spaces. */
    readonly args: string;
    /** As `NAME=value`; none of another user's process. */
    readonly variables: readonly string[];
}

/** All processes but this one, now. */
export function lookAround(): Sighting[] {
    return (process.platform === "linux" ? lookInProc() : askPs()).filter(
        ({ pid }) => pid !== process.pid,
    );
}

/** Looks around over and over while `work` is done. Each sighting is there once. */
export async function watchProcesses<T>(
    work: () => Promise<T>,
): Promise<{ readonly outcome: T; readonly sightings: readonly Sighting[] }> {
    const seen = new Map<string, Sighting>();
    const over = new AbortController();
    const watching = (async () => {
        while (!over.signal.aborted) {
            for (const sighting of lookAround()) {
                const { pid, args, variables } = sighting;
                seen.set([pid, args, ...variables].join("\0"), sighting);
            }
            await pause(EVERY_MILLISECONDS, undefined, over).catch(() => undefined);
        }
    })();
    try {
        const outcome = await work();
        return { outcome, sightings: [...seen.values()] };
    } finally {
        over.abort();
        await watching;
    }
}

/**
 * Whether the process is there; one that has ended stays so until the system's first process
 * notices.
 */
export function alive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}

function lookInProc(): Sighting[] {
    return readdirSync("/proc")
        .filter((name) => /^[0-9]+$/.test(name))
        .map((pid) => ({
            pid: Number(pid),
            args: read(`/proc/${pid}/cmdline`).replaceAll("\0", " "),
            variables: read(`/proc/${pid}/environ`).split("\0").filter(Boolean),
        }));
}

/** Ended meanwhile, or another user's. */
function read(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return "";
    }
}

/** BSD's: `-E` puts the environment of our own processes behind their arguments. */
function askPs(): Sighting[] {
    const lines = execFileSync("ps", ["-axwwE", "-o", "pid=,command="], { encoding: "utf8" });
    return lines.split("\n").map((line) => {
        const [, pid, args = ""] = /^\s*([0-9]+)\s(.*)$/.exec(line) ?? [];
        return { pid: Number(pid), args, variables: args.split(/ (?=\w+=)/) };
    });
}
