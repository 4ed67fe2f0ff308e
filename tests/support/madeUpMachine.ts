import {
    describe,
    type Candidate,
    type Machine,
    render,
    type Source,
} from "../../commands/extract/place.ts";

/** A file of a pretended machine. */
export interface PretendedFile {
    readonly text: string;
    readonly ageDays?: number;
    readonly exposed?: boolean;
}

const NOW = new Date("2026-11-21T12:00:00Z");

/** A machine with these files, given as text or whole, and this environment. */
export function pretend(
    files: Readonly<Record<string, string | PretendedFile>>,
    environment: Machine["environment"] = {},
): Machine {
    return {
        readFile: (path) => {
            const file = files[path];
            if (file === undefined) throw new Error(`there is no file ${path}: check the path`);
            const {
                text,
                ageDays = 0,
                exposed = false,
            } = typeof file === "string" ? { text: file } : file;
            return { text, exposed, modified: new Date(NOW.getTime() - ageDays * 86_400_000) };
        },
        list: (directory) =>
            Object.keys(files)
                .filter((path) => path.startsWith(`${directory}/`))
                .map((path) => path.slice(directory.length + 1))
                .sort(),
        look: (path) => {
            if (files[path] !== undefined) return { kind: "file", size: 1 };
            const isParent = Object.keys(files).some((one) => one.startsWith(`${path}/`));
            return isParent ? { kind: "directory", size: 1 } : undefined;
        },
        tell: () => undefined,
        environment,
        now: NOW,
    };
}

/** The parts of a find that say what it is. */
export function brief({ place, kind, username, value, missing }: Candidate): unknown[] {
    return [place, kind, username, value ?? missing];
}

/** All that people and machines are told of finds. */
export function told(found: readonly Candidate[]): string {
    const descriptions = found.map((one, index) => describe(one, index + 1));
    return [...descriptions.map(render), JSON.stringify(descriptions)].join("\n");
}

/** What a source finds in one file, called `f`: text, or what is written as JSON. */
export async function find(
    source: Source,
    content: unknown,
    options: Record<string, string> = {},
): Promise<unknown[]> {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return (await source.find(["/f"], options, pretend({ "/f": text }))).map(brief);
}
