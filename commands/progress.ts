import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from "listr2";

/** Something to make, with a line of its own while it is made. */
export interface Job {
    readonly title: string;
    /** `report` replaces what stands under the title, with the time it took so far. */
    readonly run: (report: (state: string) => void) => Promise<void>;
}

/**
 * Runs jobs one after the other, since each uses all processors, and shows them: live lines on a
 * terminal, plain lines elsewhere. Prints nothing without jobs. Rejects with the error of the first
 * job that fails, which it does not print.
 */
export async function runJobs(jobs: readonly Job[], output: NodeJS.WriteStream): Promise<void> {
    if (jobs.length === 0) return;
    const live = output.isTTY && !process.env.CI;
    const failures: unknown[] = [];
    const tasks = jobs.map(({ title, run }) => ({
        title,
        task: async (_: unknown, task: { output: string }): Promise<void> => {
            const line = ticker(live, (text) => {
                task.output = text;
            });
            try {
                await run(line.report);
            } catch (error) {
                failures.push(error);
                throw new Error("not made", { cause: error });
            } finally {
                line.stop();
            }
        },
    }));
    const logger = new ListrLogger({
        useIcons: true,
        processOutput: new ProcessOutput(output, output),
    });
    const list = new Listr(tasks, {
        registerSignalListeners: false, // an interrupt ends the process, and with it the compiler
        rendererOptions: { timer: PRESET_TIMER, showErrorMessage: false, logger },
        fallbackRenderer: "simple",
        fallbackRendererCondition: !live,
        fallbackRendererOptions: { timer: PRESET_TIMER, logger },
    });
    await list.run().catch((error: unknown) => {
        throw failures.length > 0 ? failures[0] : error;
    });
}

/**
 * Shows a state and how long it has lasted: every second on a terminal, else once for each kind of
 * state.
 */
function ticker(
    live: boolean,
    show: (text: string) => void,
): { report: (state: string) => void; stop: () => void } {
    const start = Date.now();
    let state = "";
    let shown = "";
    const tick = (): void => {
        if (state !== "") show(`${state} (${elapsed(Date.now() - start)} so far)`);
    };
    const timer = live ? setInterval(tick, 1000) : undefined;
    return {
        report: (next) => {
            state = next;
            const kind = next.split(",")[0] ?? next; // "downloading, 3 of 40 MB" is one kind
            if (live) tick();
            else if (kind !== shown) show(next);
            shown = kind;
        },
        stop: () => {
            clearInterval(timer);
        },
    };
}

function elapsed(milliseconds: number): string {
    const seconds = Math.floor(milliseconds / 1000);
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
