import { globSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { parseArgs } from "node:util";

/**
 * What a test needs, by the ending of its file: nothing, mocks (`.mocks.test.ts`), or the engine
 * (`.engine.test.ts`).
 */
const RUNGS = ["pure", "mocks", "engine"] as const;

type Rung = (typeof RUNGS)[number];

/**
 * The files that are named on a command line, in the order they have in `all`; all when none is
 * named.
 *
 * @param args Rooms, such as `rotation` or `update/preflight`, files or patterns of files, and
 *   `--rung` with one of {@link RUNGS}.
 * @param all All test files, by their path from the project's directory.
 */
export function select(args: readonly string[], all: readonly string[]): readonly string[] {
    const { values, positionals } = parseArgs({
        args: [...args],
        options: { rung: { type: "string" } },
        allowPositionals: true,
    });
    const named = new Set(positionals.flatMap((name) => filesOf(name, all)));
    const inRooms = positionals.length === 0 ? all : all.filter((file) => named.has(file));
    if (values.rung === undefined) return inRooms;
    const { rung } = values;
    if (!(RUNGS as readonly string[]).includes(rung)) {
        throw new Error(`--rung must be one of ${RUNGS.join(", ")}, got ${rung}`);
    }
    const files = inRooms.filter((file) => rungOf(file) === rung);
    if (files.length > 0) return files;
    throw new Error(`no test of rung ${rung} is in ${positionals.join(", ")}: leave out --rung`);
}

export function rungOf(file: string): Rung {
    return RUNGS.find((rung) => file.endsWith(`.${rung}.test.ts`)) ?? "pure";
}

/** The test files of a room, or those a path or a pattern names; both may leave out `tests/`. */
function filesOf(name: string, all: readonly string[]): readonly string[] {
    const folder = join("tests", normalize(name).replace(/^tests(\/|$)/, ""), "/");
    const paths = [name, join("tests", name)].flatMap((pattern) => globSync(pattern));
    const matches = new Set(paths.map((path) => relative(".", path)));
    const files = all.filter((file) => file.startsWith(folder) || matches.has(file));
    if (files.length > 0) return files;
    throw new Error(
        `there is no room or test called ${name}: name a room (${roomsOf(all).join(", ")}), a test file, or nothing for all`,
    );
}

/** The folders of `tests/` with tests in them or below, sorted. */
function roomsOf(all: readonly string[]): readonly string[] {
    const rooms = new Set<string>();
    for (const file of all) {
        for (let room = dirname(file); room !== "tests"; room = dirname(room)) {
            rooms.add(room.slice("tests/".length));
        }
    }
    return [...rooms].sort();
}
