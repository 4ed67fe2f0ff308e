import { messageOf } from "../../text/messageOf.ts";
import { printable } from "../../text/printable.ts";
import { askBeforeEyes, type Asked } from "../preview/ask.ts";
import { describePreview } from "../preview/describe.ts";
import { renderText } from "../preview/render.ts";
import { runJobs } from "../progress.ts";
import { read, reasonIn, withTemporary } from "../runPulumi.ts";
import { type Reading, tell } from "./end.ts";
import { Progress } from "./stages.ts";

/** How people are asked. */
export interface Asking extends Reading {
    /** Whether everything is answered with yes. */
    readonly yes: boolean;
}

/**
 * Throws where nobody can be asked: before a command changes the configuration for an update that
 * would not come.
 */
export function requireAnswer({ yes }: Asking): void {
    if (yes || process.stdin.isTTY) return;
    throw new Error("there is no terminal to ask at: give --yes");
}

/** What came of an update. */
export interface CarriedOut {
    /** Whether it was begun: neither refused nor called off. */
    readonly isBegun: boolean;
    /** Whether it went through; why it did not has been said. */
    readonly isDone: boolean;
    /** Whether nothing was generated, but a former generation is current again. */
    readonly goesBack: boolean;
}

/** Says what an update will do, asks, and carries it out before people's eyes. */
export async function carryOut(asking: Asking): Promise<CarriedOut> {
    return holdingInterrupts(async (isInterrupted) => {
        const asked = await askBeforeEyes();
        const goesBack = asked.outlook?.goesBack === true;
        const preview = describePreview(asked);
        tell(asking, `\n${renderText(preview, process.stdout.columns)}\n`);
        const isBegun = asked.exitCode === 0 && (asking.yes || (await confirmed()));
        if (!isBegun) return { isBegun, isDone: false, goesBack };
        const failure = await follow(asked, preview.warnings);
        if (failure !== undefined) {
            console.error(isInterrupted() ? "error: the update was interrupted" : failure);
        }
        return { isBegun, isDone: failure === undefined, goesBack };
    });
}

/** Ctrl-C reaches pulumi as well, which answers it; what it leaves is put in order after that. */
async function holdingInterrupts<T>(
    work: (isInterrupted: () => boolean) => Promise<T>,
): Promise<T> {
    let interrupted = false;
    const wait = () => {
        interrupted = true;
    };
    process.on("SIGINT", wait);
    try {
        return await work(() => interrupted);
    } finally {
        process.off("SIGINT", wait);
    }
}

async function confirmed(): Promise<boolean> {
    const { default: confirm } = await import("@inquirer/confirm");
    try {
        return await confirm({ message: "Carry it out?", default: false });
    } catch {
        return false; // Ctrl-C at the question
    }
}

/**
 * Carries out what a preview said; resolves to what went wrong, in lines, or undefined.
 *
 * @param known What the preview warned of already.
 */
async function follow(asked: Asked, known: readonly string[]): Promise<string | undefined> {
    const progress = new Progress(asked);
    const shown = runJobs(
        progress.stages.map((stage) => ({
            title: stage.title,
            run: (report) => {
                stage.report = report;
                return stage.ended;
            },
        })),
        process.stderr,
    );
    const failed = await runUp(progress);
    progress.close(failed === undefined ? undefined : new Error(failed));
    await shown.catch(() => undefined); // it is said below, with the rest
    for (const { severity, message } of progress.said) {
        if (severity === "warning" && !known.includes(message)) {
            console.error(printable(`warning: ${message}`));
        }
    }
    if (failed === undefined) return undefined;
    const errors = progress.said.filter(({ severity }) => severity === "error");
    const lines = errors.length > 0 ? errors.map(({ message }) => message) : [failed];
    return lines.map((line) => printable(`error: ${line}`)).join("\n");
}

/** `pulumi up`; resolves to what its command line says is wrong, or undefined. */
async function runUp(progress: Progress): Promise<string | undefined> {
    const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
    const stackName = (await read("stack", "--show-name")).trim();
    return withTemporary(async (envVars) => {
        let stderr = "";
        try {
            const place = { stackName, workDir: "." };
            const stack = await LocalWorkspace.selectStack(place, { envVars });
            await stack.up({
                onEvent: (event) => {
                    progress.see(event);
                },
                onError: (text) => {
                    stderr += text;
                },
                showSecrets: false,
            });
            return undefined;
        } catch (error) {
            const [line = ""] = messageOf(error).trim().split("\n");
            return reasonIn(stderr) ?? (line || "it failed");
        }
    });
}
