import { watchCounters, writeEvidence } from "./evidence.ts";
import { type Control, startControl } from "./control.ts";
import { countRequests, countSamples, firstDelivery, now, waitForSamples } from "./measure.ts";
import { waitFor } from "../parts/process.ts";
import { listParts, type Report } from "./rotationReport.ts";
import { OWNER, type Sandbox } from "../sandbox.ts";

const REPOSITORY = "prometheus-credentials";
const SEALED_FILE = "dev.yaml.age";

/** The generations a run goes from and to. `from` is the one in `Pulumi.dev.yaml`. */
export const FROM = "2026-11-21";
export const TO = "2026-12-21";

/** A run must send this many samples, so that a loss cannot hide in the noise. */
const SAMPLES = 100_000;

/** While samples are awaited, which takes half of a run, it shows so often that it goes on. */
const SIGN_SECONDS = 5;

/** What a run tells while it goes on. */
export type Tell = (line: string) => void;

/**
 * Deploys the sandbox's stack, rotates it while samples flow, and rotates a control by hand beside
 * it; counts what either lost. Throws when a step fails; a loss is no failure but in the report.
 */
export async function rotate(sandbox: Sandbox<never>, tell: Tell): Promise<Report> {
    const { engine, fleet, github, tools } = sandbox;
    tell(`pulumi up: deploying generation ${FROM}`);
    await engine.must("up", "--yes", "--skip-preview");
    const [sender] = await Promise.all([fleet.sender.running, fleet.receiver.running]);
    const control = await startControl(sandbox);
    const watching = watchCounters(fleet.receiverUrl, sender.url);
    const measured = await measure(sandbox, control, sender.url, tell);
    const watched = await watching.stop();
    tell("pulumi up once more: nothing may change");
    const { changes } = await engine.must("up", "--yes", "--skip-preview");
    const commits = await github.commits(REPOSITORY, SEALED_FILE);
    return {
        ...measured,
        secondUpChanges: changes,
        mirrorCommits: commits.length,
        parts: listParts(tools),
        page: await writeEvidence(sandbox, `${OWNER}/${REPOSITORY}`, watched),
    };
}

async function measure(
    { engine, fleet }: Sandbox<never>,
    control: Control,
    sender: string,
    tell: Tell,
): Promise<Pick<Report, "rotation" | "control">> {
    const controlSender = await control.fleet.sender.running;
    tell("waiting for the first samples in both stores");
    const from = await firstDelivery([fleet.store.url, control.fleet.store.url]);
    await engine.must("config", "set", "rotation", TO);
    tell(`pulumi up: rotating to ${TO} while samples flow; the control is rotated by hand`);
    const [up, switchSeconds] = await Promise.all([
        engine.must("up", "--yes", "--skip-preview"),
        firstPush(fleet.receiverUrl, TO),
        control.rotate(),
    ]);
    tell(`waiting until ${inWords(SAMPLES)} samples were sent`);
    const to = await waitForSamples(sender, from, SAMPLES, signsOfLife(tell));
    tell("counting, once the queues are empty");
    const [rotation, byHand] = await Promise.all([
        countSamples({ sender, store: fleet.store.url, from, to }),
        countSamples({ sender: controlSender.url, store: control.fleet.store.url, from, to }),
    ]);
    return {
        rotation: { from: FROM, to: TO, ...rotation, upSeconds: up.seconds, switchSeconds },
        control: byHand,
    };
}

/** Tells of a count, but not at every call. */
function signsOfLife(tell: Tell): (sent: number) => void {
    let last = now();
    return (sent) => {
        if (now() - last < SIGN_SECONDS) return;
        last = now();
        tell(`${inWords(sent)} samples were sent so far`);
    };
}

function inWords(count: number): string {
    return count.toLocaleString("en-US");
}

/** Waits for the first push with a generation; resolves to the seconds it took. */
async function firstPush(receiver: string, generation: string): Promise<number> {
    const start = now();
    // The gate's own probe is a request too, so the first push is the second one.
    const pushed = async () => (await countRequests(receiver, generation)) > 1;
    await waitFor(`a push with ${generation}`, pushed, { withinSeconds: 120, everySeconds: 0.1 });
    return now() - start;
}
