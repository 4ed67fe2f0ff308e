import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_MILLISECONDS = 100;
const TICKS = 100; // a second, in /proc on every Linux, whatever the kernel's own clock

/** What processes used, all of them together. */
export interface Usage {
    /** The most memory each had resident, in bytes. What they share is counted for each of them. */
    readonly memoryBytes: number;
    /** What the processors worked for them, whoever else they worked for. */
    readonly processorSeconds: number;
}

/** A look at a process and all it starts, while it lasts. */
export interface ProcessWatch {
    /** Ends the look; undefined where there is no /proc. */
    stop(): Usage | undefined;
}

/** Watches a process and what descends from it. */
export function watchProcesses(root: number): ProcessWatch {
    const seen = new Map<number, Usage>();
    const sample = () => {
        for (const { pid, processorSeconds } of descendants(root)) {
            const memoryBytes = peakOf(pid);
            if (memoryBytes !== undefined) seen.set(pid, { memoryBytes, processorSeconds });
        }
    };
    sample();
    const sampling = setInterval(sample, SAMPLE_MILLISECONDS);
    return {
        stop: () => {
            clearInterval(sampling);
            return seen.size === 0 ? undefined : sum([...seen.values()]);
        },
    };
}

function sum(usages: readonly Usage[]): Usage {
    const add = (key: keyof Usage) => usages.reduce((total, usage) => total + usage[key], 0);
    return { memoryBytes: add("memoryBytes"), processorSeconds: add("processorSeconds") };
}

interface Process {
    readonly pid: number;
    readonly parent: number;
    /** So far. */
    readonly processorSeconds: number;
}

/** The process and what it started, and so on. */
function descendants(root: number): readonly Process[] {
    const all = processes();
    const children = Map.groupBy(all, ({ parent }) => parent);
    const found = all.filter(({ pid }) => pid === root);
    for (const { pid } of found) found.push(...(children.get(pid) ?? []));
    return found;
}

function processes(): readonly Process[] {
    return list("/proc").flatMap((name) => {
        if (!/^\d+$/.test(name)) return [];
        // The name in brackets may hold spaces and brackets: what follows begins with the state.
        const fields = read(`/proc/${name}/stat`).replace(/.*\) /s, "").split(" ");
        const [parent = 0, user = 0, system = 0] = [fields[1], fields[11], fields[12]].map(Number);
        return [{ pid: Number(name), parent, processorSeconds: (user + system) / TICKS }];
    });
}

/** The kernel keeps the peak, so that no sample can miss it but that of a process's last moment. */
function peakOf(pid: number): number | undefined {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`)) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function list(directory: string): readonly string[] {
    try {
        return readdirSync(directory);
    } catch {
        return [];
    }
}

function read(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return ""; // it has ended
    }
}
