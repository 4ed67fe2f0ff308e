import { delimiter, join } from "node:path";
import { execa } from "execa";
import { PROJECT } from "../../sandbox/sandbox.ts";
import type { MirrorRepository } from "./writtenMirror.ts";

/** How a run of the command ended. */
export interface Ran {
    readonly code: number;
    readonly out: string;
    /** Without what {@link isShown}. */
    readonly err: string;
}

/** What a run gets beside its arguments. */
export interface RunOptions {
    /** On standard input; nothing when left out. */
    readonly input?: string;
    /** Environment beside PATH, HOME and TMPDIR. */
    readonly environment?: Readonly<Record<string, string>>;
}

/** Runs `npm run recover` on the mirror's own repository, with nobody at a terminal. */
export async function recover(
    mirror: MirrorRepository,
    args: readonly string[],
    options: RunOptions = {},
): Promise<Ran> {
    return recoverFrom(mirror, ["--repository", mirror.repository, ...args], options);
}

/** The same from where the arguments say. */
export async function recoverFrom(
    mirror: MirrorRepository,
    args: readonly string[],
    options: RunOptions = {},
): Promise<Ran> {
    const ran = await recoverShowing(mirror, args, options);
    const lines = ran.err.split("\n").filter((line) => !isShown(line));
    return { ...ran, err: lines.join("\n") };
}

/** What every recovery says before it writes: who vouches for it, and what it writes. */
function isShown(line: string): boolean {
    return /^(warning: nobody vouches for |Recovering | {2})/.test(line);
}

/** The same with all that it says. */
export async function recoverShowing(
    mirror: MirrorRepository,
    args: readonly string[],
    options: RunOptions = {},
): Promise<Ran> {
    return runBeside(mirror, "recover", args, options);
}

/** Runs a command of `commands/`, with nothing of the environment but what it needs. */
export async function runBeside(
    mirror: MirrorRepository,
    command: string,
    args: readonly string[],
    { input, environment }: RunOptions = {},
): Promise<Ran> {
    const { PATH = "", HOME = "" } = process.env;
    const path = [join(PROJECT, "node_modules", ".bin"), PATH].join(delimiter);
    const result = await execa("node", [`commands/${command}.ts`, ...args], {
        cwd: PROJECT,
        extendEnv: false,
        env: { PATH: path, HOME, TMPDIR: mirror.directory, NO_COLOR: "1", ...environment },
        reject: false,
        ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    });
    return { code: result.exitCode ?? 1, out: result.stdout, err: result.stderr };
}
