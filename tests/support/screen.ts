import { join } from "node:path";
import { execa } from "execa";
import xterm from "@xterm/headless";
import { PROJECT } from "../../sandbox/sandbox.ts";

/** A terminal, and somebody at it. */
export interface Typing {
    readonly columns: number;
    /** What a command asks with, or shows; then the answer is typed. */
    readonly prompt: string;
    readonly answer: string;
}

/** What a person has before them in the end, a line each, as a terminal of this width breaks them. */
export interface Screen {
    readonly exitCode: number | undefined;
    readonly lines: readonly string[];
    /** All that was sent to the terminal. */
    readonly sent: string;
}

/** Runs a command at a terminal, which shows it as xterm does. */
export async function runAtTerminal(
    command: readonly string[],
    { columns, environment, prompt, answer }: Typing & { readonly environment: NodeJS.ProcessEnv },
): Promise<Screen> {
    const script = join(PROJECT, "tests", "support", "terminal.py");
    const { stdout, exitCode } = await execa("python3", [script, ...command], {
        ...{ cwd: PROJECT, extendEnv: false, input: answer, reject: false },
        env: { ...environment, TERM: "xterm-256color", COLUMNS: String(columns), PROMPT: prompt },
    });
    const terminal = new xterm.Terminal({
        cols: columns,
        rows: 50,
        scrollback: 10_000,
        allowProposedApi: true,
    });
    await new Promise<void>((resolve) => {
        terminal.write(stdout, resolve);
    });
    const { active } = terminal.buffer;
    const lines = Array.from(
        { length: active.length },
        (_, row) => active.getLine(row)?.translateToString(true) ?? "",
    );
    terminal.dispose();
    return { exitCode, lines, sent: stdout };
}
