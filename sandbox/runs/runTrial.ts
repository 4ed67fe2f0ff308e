import type { Sandbox } from "../sandbox.ts";
import { FROM, TO } from "./rotation.ts";
import { openTrial, type Trial, type TrialOptions, type TrialReport } from "./trial.ts";

type RunOptions = Omit<TrialOptions, "rotation">;

/**
 * Deploys a trial and rotates it while samples flow; once its sender has moved, the receiver is
 * told to refuse the former credential, so that one which has not loses what it sends.
 */
export async function runTrial(sandbox: Sandbox<never>, options: RunOptions): Promise<TrialReport> {
    return withTrial(sandbox, options, async (trial) => {
        const former = await trial.login();
        return trial.watch(
            TO,
            () => rotate(trial),
            () => trial.refuse(former),
        );
    });
}

/**
 * The control of a trial: the receiver is told to refuse the former credential before the sender
 * has the new one. A measurement that finds nothing lost here would find nothing lost anywhere.
 */
export async function runGap(sandbox: Sandbox<never>, options: RunOptions): Promise<TrialReport> {
    return withTrial(sandbox, options, async (trial) => {
        const former = await trial.login();
        return trial.watch(TO, () =>
            trial.whileHeldBack(async () => {
                await rotate(trial);
                await trial.refuse(former);
            }),
        );
    });
}

async function rotate({ engine }: Trial): Promise<void> {
    await engine.must("config", "set", "rotation", TO);
    await engine.must("up", "--yes", "--skip-preview");
}

async function withTrial(
    sandbox: Sandbox<never>,
    options: RunOptions,
    work: (trial: Trial) => Promise<TrialReport>,
): Promise<TrialReport> {
    const trial = await openTrial(sandbox, { ...options, rotation: FROM });
    try {
        await trial.engine.must("up", "--yes", "--skip-preview");
        return await work(trial);
    } finally {
        await trial.stop();
    }
}
