import { join, relative } from "node:path";
import type { Candidate, Machine } from "./place.ts";

/** Directories that hold what others wrote, and histories. */
const PASSED_OVER = new Set([".git", "node_modules", ".terraform", "vendor", ".hg", ".svn"]);
const MOST_BYTES = 8 * 1024 * 1024; // a configuration is smaller; a state may be as large
const MOST_FILES = 200_000; // a directory such as / has no end worth waiting for
const QUIET_MS = 2000; // what takes longer is reported while it runs

/** A file without any of these words is not looked into further. */
const HINT =
    /remote[-_ ]?write|prometheusremotewrite|externalServices|destinations|_RW_|RW_|GCLOUD|GRAFANA_CLOUD|HOSTED_METRICS|mimir|cortex|exporting:|http_out|opentelemetry_envelope/i;

/** What became of a directory's files. */
export interface Search {
    readonly candidates: readonly Candidate[];
    /** In one line: how many were read, and how many were not, and why. */
    readonly summary: string;
    /** What files said of which nothing came, in case nothing was found at all. */
    readonly reasons: readonly string[];
}

/** Reads one file, given by its path; throws one line where it cannot, or has nothing. */
export type ReadFile = (path: string) => Promise<readonly Candidate[]>;

/**
 * Searches a directory. Each file is read alone; what cannot be read is counted, and stops nothing.
 * Links are not followed.
 */
export async function searchDirectory(
    directory: string,
    read: ReadFile,
    machine: Machine,
): Promise<Search> {
    const counts = new Map<string, number>();
    const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
    const candidates: Candidate[] = [];
    const reasons: string[] = [];
    const tellProgress = createProgress(machine);
    for (const [path, size] of listFiles(directory, machine, count)) {
        tellProgress(counts.get("read") ?? 0, path);
        if (size > MOST_BYTES) {
            count("too large");
            continue;
        }
        const text = readText(path, machine);
        if (text === undefined) {
            count("binary or not readable");
            continue;
        }
        count("read");
        if (!HINT.test(text)) continue;
        try {
            const found = await read(path);
            const from = relative(directory, path);
            candidates.push(...found.map((one) => ({ ...one, place: rename(one.place, from) })));
        } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            if (!reason.startsWith("no remote-write credential")) count("not understood");
            reasons.push(reason);
        }
    }
    return { candidates, reasons, summary: summarize(counts) };
}

/** A place begins with the name of its file: here with its path in the directory. */
function rename(place: string, path: string): string {
    const name = path.replace(/^.*[\\/]/, "");
    return place.startsWith(name) ? path + place.slice(name.length) : `${path}: ${place}`;
}

function* listFiles(
    directory: string,
    machine: Machine,
    count: (what: string) => void,
): Generator<[path: string, size: number]> {
    const open = [directory];
    let files = 0;
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
        const inner: string[] = [];
        for (const name of machine.list(one)) {
            const path = join(one, name);
            const seen = machine.look(path);
            if (seen?.kind === "directory") {
                if (PASSED_OVER.has(name)) count(name);
                else inner.push(path);
            } else if (seen?.kind === "file") {
                if (++files > MOST_FILES) {
                    throw new Error(
                        `${directory} has more than ${MOST_FILES} files: give a part of it`,
                    );
                }
                yield [path, seen.size];
            } else count("links and others");
        }
        open.push(...inner.reverse());
    }
}

function readText(path: string, machine: Machine): string | undefined {
    try {
        const { text } = machine.readFile(path);
        return text.includes("\0") ? undefined : text;
    } catch {
        return undefined;
    }
}

function createProgress(machine: Machine): (read: number, path: string) => void {
    let last = Date.now();
    return (read, path) => {
        if (Date.now() - last < QUIET_MS) return;
        last = Date.now();
        machine.tell(`${read} files read, now ${path}`);
    };
}

function summarize(counts: ReadonlyMap<string, number>): string {
    const others = [...counts].filter(([what]) => what !== "read");
    const passed = others.map(([what, number]) => `${number} ${what}`).join(", ");
    const read = counts.get("read") ?? 0;
    return `${read} ${read === 1 ? "file" : "files"} read${passed === "" ? "" : `; passed over: ${passed}`}`;
}
