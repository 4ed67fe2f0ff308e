import { execa, ExecaError } from "execa";
import { join } from "node:path";
import { cacheDirectory, exists, makeOnce } from "./cache.ts";
import { runJobs } from "../../commands/progress.ts";

/** What is installed from PyPI. */
export interface PythonPackage {
    /** Names it in the cache and in the progress, such as `moto-5.2.3`. */
    readonly title: string;
    /** As pip takes it: `moto[server]==5.2.3`. */
    readonly requirement: string;
}

/** How {@link providePython} behaves; the defaults are the user's own. */
export interface PythonOptions {
    /** Defaults to {@link cacheDirectory}. */
    readonly cache?: string;
    /** Where progress is shown. Defaults to standard error. */
    readonly output?: NodeJS.WriteStream;
}

/**
 * A Python that has the package, for `<path> -m <module>`: a virtual environment of its own in the
 * cache, made once, for about a minute. Prints nothing when it is there; else progress. May run in
 * several processes at once.
 *
 * The scripts in its `bin` are of no use: they name the interpreter by the path it had before it
 * was renamed into place.
 *
 * @throws {Error} one line that says what cannot be installed, why, and what to do.
 */
export async function providePython(
    { title, requirement }: PythonPackage,
    { cache = cacheDirectory(), output = process.stderr }: PythonOptions = {},
): Promise<string> {
    const directory = join(cache, title);
    const install = (report: (state: string) => void) =>
        makeOnce(directory, (into) => installInto(join(into, "venv"), requirement, report), {
            waiting: () => {
                report("waiting for another run that is installing it");
            },
        });
    if (!(await exists(directory))) await runJobs([{ title, run: install }], output);
    return join(directory, "venv", "bin", "python");
}

async function installInto(
    environment: string,
    requirement: string,
    report: (state: string) => void,
): Promise<void> {
    const options = ["--quiet", "--disable-pip-version-check", "--no-input"];
    try {
        report("making a virtual environment");
        await execa("python3", ["-m", "venv", environment]);
        report("installing from PyPI");
        const python = join(environment, "bin", "python");
        await execa(python, ["-m", "pip", "install", ...options, requirement]);
    } catch (cause) {
        throw new Error(
            `${requirement} cannot be installed: ${saidBy(cause)}: it takes Python 3.10 or newer with venv, ` +
                "and PyPI or a mirror of it that pip is configured for",
            { cause },
        );
    }
}

function saidBy(error: unknown): string {
    if (!(error instanceof ExecaError)) return String(error);
    const lines = `${String(error.stdout)}\n${String(error.stderr)}`.split("\n");
    const said = lines.filter((line) => line.trim() !== "");
    const reason = said.findLast((line) => line.startsWith("ERROR: ")) ?? said.at(-1);
    return reason?.replace(/^ERROR: /, "").trim() ?? error.shortMessage;
}
