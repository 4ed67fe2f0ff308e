import { relative, join } from "node:path";
import { Command, Option } from "commander";
import { lock } from "proper-lockfile";
import { messageOf } from "../text/messageOf.ts";
import { drill } from "./runs/drill.ts";
import { describeDrill, findDrillFaults, writeDrillReport } from "./runs/drillReport.ts";
import { writeEnvironment } from "./runs/environment.ts";
import { describeReport, findFaults, writeReport } from "./runs/rotationReport.ts";
import { FROM, rotate, TO } from "./runs/rotation.ts";
import { RUNNING_SENDERS, type RunningSender } from "./parts/senderParts.ts";
import { RUNNING_RECEIVERS, type RunningKind } from "./parts/receiverParts.ts";
import { pairsOf } from "./matrix/pairs.ts";
import { findFaults as findMatrixFaults, nameOf, renderText } from "./matrix/table.ts";
import { runTrial } from "./runs/runTrial.ts";
import { PROJECT, type Sandbox, startSandbox } from "./sandbox.ts";
import { TERMINAL_TOOLS, type ToolName } from "./toolchain/toolchain.ts";

const DIRECTORY = join(PROJECT, ".sandbox");
const INTERRUPTED = 130; // as a shell has it

interface RotateOptions {
    readonly keep: boolean;
    readonly sender?: RunningSender;
    readonly receiver?: RunningKind;
}

const program = new Command("sandbox")
    .description(
        "Real parts on this machine: a Kubernetes API, vmauth, Prometheus, the Pulumi engine.",
    )
    .showHelpAfterError();

program
    .command("rotate")
    .description(
        "Deploys the dev stack, rotates its credential while samples flow, and counts what was lost.\n" +
            "Exit code 0 only when nothing was lost, and the control, rotated by hand, lost some.",
    )
    .option("--keep", "leave everything running, and say what to try next", false)
    .addOption(
        new Option(
            "--sender <kind>",
            "rotate a sender of this kind instead, without a control",
        ).choices(RUNNING_SENDERS),
    )
    .addOption(
        new Option("--receiver <kind>", "against a receiver of this kind, likewise").choices(
            RUNNING_RECEIVERS,
        ),
    )
    .action(async ({ keep, sender, receiver }: RotateOptions) => {
        if (sender ?? receiver) {
            return withSandbox([], (sandbox) => tryOne(sandbox, sender, receiver));
        }
        const work = (sandbox: Sandbox<never>, interrupted: Interruption) =>
            conclude(rotate(sandbox, tell), interrupted, {
                write: writeReport,
                describe: describeReport,
                findFaults,
            });
        if (!keep) return withSandbox([], work);
        await withSandbox(TERMINAL_TOOLS, async (sandbox, interrupted) => {
            await writeEnvironment(sandbox);
            const exitCode = await work(sandbox, interrupted);
            if (exitCode !== INTERRUPTED) await keepRunning(interrupted, TO);
            return exitCode;
        });
    });

program
    .command("drill")
    .description(
        "Loses the cluster, the state and the sender's credential, recovers them from the mirror, and rotates.\n" +
            "Exit code 0 only when the receiver accepted what was recovered, and no sample was lost.",
    )
    .action(() =>
        withSandbox(["kubectl"], (sandbox, interrupted) =>
            conclude(drill(sandbox, tell), interrupted, {
                write: writeDrillReport,
                describe: describeDrill,
                findFaults: findDrillFaults,
            }),
        ),
    );

program
    .command("serve")
    .description("Starts the parts without deploying, until Ctrl-C.")
    .action(() =>
        withSandbox(TERMINAL_TOOLS, async (sandbox, interrupted) => {
            await writeEnvironment(sandbox);
            await keepRunning(interrupted);
            return 0;
        }),
    );

/** Rotates a sender and a receiver of these kinds, and prints what became of the samples. */
async function tryOne(
    sandbox: Sandbox<never>,
    sender: RunningSender = "prometheus",
    receiver: RunningKind = "vmauth",
): Promise<number> {
    const [pair] = pairsOf(sender, receiver);
    if (!pair) throw new Error(`${sender} cannot push to ${receiver}`);
    tell(`deploying and rotating ${sender} and ${receiver} while samples flow`);
    const report = await runTrial(sandbox, { ...pair, name: nameOf(pair) });
    const matrix = { cells: [{ pair, report }], controls: [] };
    console.log(`\n${renderText(matrix)}\n`);
    return sayFaults(findMatrixFaults(matrix));
}

/** Prints what is wrong; returns the exit code. */
function sayFaults(faults: readonly string[]): number {
    for (const fault of faults) console.error(`error: ${fault}`);
    return faults.length === 0 ? 0 : 1;
}

/** Resolves when somebody ends the run. */
type Interruption = Promise<undefined>;

/**
 * Runs `work` with a sandbox and tools beside it, then stops it, whatever happens; sets the exit
 * code `work` resolves to.
 */
async function withSandbox<Beside extends ToolName>(
    beside: readonly Beside[],
    work: (sandbox: Sandbox<Beside>, interrupted: Interruption) => Promise<number>,
): Promise<void> {
    const interrupted = interruption();
    const release = await lockSandbox();
    try {
        const sandbox = await startSandbox({
            directory: DIRECTORY,
            beside,
            onStart: (part) => {
                tell(`starting ${part}`);
            },
        });
        try {
            process.exitCode = await work(sandbox, interrupted);
        } finally {
            tell("stopping");
            await sandbox.stop();
        }
    } finally {
        await release();
    }
}

/** Awaits a report, writes and prints it; resolves to the exit code. */
async function conclude<Report>(
    run: Promise<Report>,
    interrupted: Interruption,
    reporting: {
        readonly write: (directory: string, report: Report) => Promise<void>;
        readonly describe: (report: Report) => string;
        readonly findFaults: (report: Report) => readonly string[];
    },
): Promise<number> {
    const report = await Promise.race([run, interrupted]);
    if (report === undefined) return INTERRUPTED;
    await reporting.write(DIRECTORY, report);
    console.log(`\n${reporting.describe(report)}\n`);
    return sayFaults(reporting.findFaults(report));
}

/** Two sandboxes in one clone would share a directory. */
async function lockSandbox(): Promise<() => Promise<void>> {
    try {
        return await lock(PROJECT, { lockfilePath: `${DIRECTORY}.lock` });
    } catch {
        throw new Error(
            "a sandbox is running in this clone already: stop it with Ctrl-C, or use another clone",
        );
    }
}

function interruption(): Interruption {
    return new Promise((resolve) => {
        for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
            process.once(signal, () => {
                resolve(undefined);
            });
        }
    });
}

async function keepRunning(interrupted: Interruption, current?: string): Promise<void> {
    const env = relative(process.cwd(), join(DIRECTORY, "env"));
    const deploy = ["npx pulumi up --yes                                    # deploy"];
    const next = [
        "npx pulumi preview --expect-no-changes                 # nothing to do",
        "npx pulumi config set rotation 2027-01-21 && npx pulumi up --yes   # rotate",
        `npx pulumi config set rotation ${current ?? FROM} && npx pulumi up --yes   # go back`,
    ];
    console.log(`Running until Ctrl-C. In another terminal, in this directory:

    source ${env}
    ${[...(current === undefined ? deploy : []), ...next].join("\n    ")}
    curl -s "\${RECEIVER_URL%/api/*}/metrics" | grep vmauth_user_requests_total   # who pushes with what
    kubectl --namespace monitoring describe secret prometheus-write-credential
`);
    const alive = setInterval(() => undefined, 60_000); // a promise alone keeps no process running
    await interrupted;
    clearInterval(alive);
}

const start = performance.now();

function tell(line: string): void {
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`[${String(seconds).padStart(3)} s] ${line}`);
}

try {
    await program.parseAsync();
} catch (error) {
    console.error(`error: ${messageOf(error)}`);
    process.exitCode = 1;
}
// A run that was interrupted may still be waiting for parts that are gone.
process.exit();
