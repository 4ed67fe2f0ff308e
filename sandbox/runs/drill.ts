import { readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import type { DrillReport } from "./drillReport.ts";
import { startKubelet, type Kubelet } from "../kubernetes/kubelet.ts";
import {
    countHeld,
    countRequests,
    countSamples,
    firstDelivery,
    now,
    readMetrics,
} from "./measure.ts";
import { waitFor } from "../parts/process.ts";
import type { Engine } from "./engine.ts";
import { listParts } from "./rotationReport.ts";
import { FROM, type Tell, TO } from "./rotation.ts";
import { prepareStack, prepareState, PROJECT, type Sandbox } from "../sandbox.ts";

/** With the `kubectl` that applies what was recovered. */
type DrillSandbox = Sandbox<"kubectl">;

/** The generation rotated to after the recovery. */
const NEXT = "2027-01-21";

const MIRROR = "sandbox/prometheus-credentials";

/**
 * The sender is to have scraped for so long before its credential comes back, so that a loss could
 * not hide.
 */
const OUTAGE_SECONDS = 5;

/**
 * Deploys the sandbox's stack and rotates it while samples flow, then loses the cluster, the state
 * and the sender's credential; recovers from the mirror and the private key alone, has a new stack
 * adopt what was recovered, and rotates that. The receiver is left alone until it has accepted the
 * recovered credential.
 *
 * Throws when a step fails; a loss is no failure but in the report.
 */
export async function drill(sandbox: DrillSandbox, tell: Tell): Promise<DrillReport> {
    const { engine, fleet, tools } = sandbox;
    tell(`pulumi up: deploying generation ${FROM}, then ${TO}`);
    await engine.must("up", "--yes", "--skip-preview");
    const [sender] = await Promise.all([fleet.sender.running, fleet.receiver.running]);
    const from = await firstDelivery([fleet.store.url]);
    await rotateTo(TO, engine, fleet.receiverUrl);
    const receiver = await watchReceiver(sandbox);
    const key = await keepVerificationKey(sandbox);

    tell("losing the cluster, the state and the sender's credential");
    const lost = await lose(sandbox, sender.url);
    tell(`npm run recover, from ${MIRROR} and the private key alone`);
    const recovering = ["--verification-key", key, "--output", "manifests"];
    const manifests = await timed(() => recover(sandbox, engine, recovering));
    tell("an empty cluster, and kubectl apply");
    const restored = await timed(() => restore(sandbox, manifests.result));
    const resumed = await resume(sandbox, restored.result.kubelet, { sender: sender.url, lost });
    const touched = await receiver.changes();

    tell(`pulumi up: a new stack that adopts ${TO}`);
    const adopted = await timed(() => adopt(sandbox, restored.result, key));
    tell(`pulumi up: rotating to ${NEXT}`);
    const rotated = await timed(() => rotateTo(NEXT, adopted.result, fleet.receiverUrl));
    const to = now();
    tell("counting, once the queues are empty; pulumi up once more: nothing may change");
    const places = { sender: sender.url, store: fleet.store.url };
    const whole = await countSamples({ ...places, from, to });
    const outage = await countSamples({ ...places, from: lost, to: resumed.at });
    const { changes } = await adopted.result.must("up", "--yes", "--skip-preview");
    return {
        ...{ recovered: TO, next: NEXT, touched, secondUpChanges: changes },
        seconds: {
            recover: manifests.seconds,
            restore: restored.seconds,
            outage: resumed.arrived - lost,
            adopt: adopted.seconds,
            rotate: rotated.seconds,
        },
        outage: { ...outage, storedMeanwhile: resumed.storedMeanwhile },
        whole,
        parts: listParts(tools),
    };
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
    const start = performance.now();
    const result = await work();
    return { result, seconds: (performance.now() - start) / 1000 };
}

/** Rotates, and waits until the sender pushes with the new generation. */
async function rotateTo(label: string, engine: Engine, receiver: string): Promise<void> {
    await engine.must("config", "set", "rotation", label);
    await engine.must("up", "--yes", "--skip-preview");
    await pushes(receiver, label);
}

async function pushes(receiver: string, label: string): Promise<void> {
    const before = await countRequests(receiver, label);
    const pushed = async () => (await countRequests(receiver, label)) > before;
    await waitFor(`a push with ${label}`, pushed, { withinSeconds: 120, everySeconds: 0.1 });
}

/** Says later what happened to the receiver meanwhile. */
async function watchReceiver({
    fleet,
}: DrillSandbox): Promise<{ changes: () => Promise<string[]> }> {
    const look = async () => ({
        "it was started anew": (
            await readMetrics(fleet.receiverUrl, "process_start_time_seconds")
        ).join(),
        "it read another auth.yml": (
            await readMetrics(
                fleet.receiverUrl,
                "vmauth_config_last_reload_success_timestamp_seconds",
            )
        ).join(),
        "its auth.yml was written": await readFile(
            join(fleet.volumes.auth.mount.directory, "auth.yml"),
            "utf8",
        ),
    });
    const before = await look();
    return {
        changes: async () => {
            const after = await look();
            const differ = (what: keyof typeof after) => before[what] !== after[what];
            return (Object.keys(after) as (keyof typeof after)[]).filter(differ);
        },
    };
}

/** Resolves to the moment of the loss, once the sender is seen to fail. */
async function lose(
    { cluster, kubelet, fleet, directory }: DrillSandbox,
    sender: string,
): Promise<number> {
    const retried = () => readMetrics(sender, "prometheus_remote_storage_samples_retried_total{");
    const [before = 0] = await retried();
    const lost = now();
    await kubelet.abandon();
    await cluster.stop(); // removes what etcd held, and the cluster's keys
    for (const held of ["state", "passphrase"]) {
        await rm(join(directory, held), { recursive: true, force: true });
    }
    await rm(fleet.volumes.credential.mount.directory, { recursive: true, force: true });
    const fails = async () => ((await retried())[0] ?? 0) > before;
    await waitFor("the sender failing", fails, { withinSeconds: 60 });
    return lost;
}

/** Writes what verifies records to a file beside the private key, as somebody who deploys does. */
async function keepVerificationKey({ engine, directory }: DrillSandbox): Promise<string> {
    const { output } = await engine.must("stack", "output", "verificationKey");
    const file = join(directory, "verification.pub");
    await writeFile(file, output);
    return file;
}

/**
 * Runs `npm run recover`, which has nothing but the mirror and the keys; resolves to what it writes.
 * Secret.
 */
async function recover(
    { identity, directory }: DrillSandbox,
    { environment }: Engine,
    args: readonly string[],
): Promise<string> {
    const { PATH = "", HOME = "" } = process.env;
    const bin = join(PROJECT, "node_modules", ".bin");
    const source = ["--github", MIRROR, "--identity", identity];
    const result = await execa("node", ["commands/recover.ts", ...source, ...args], {
        cwd: PROJECT,
        extendEnv: false,
        env: {
            ...environment,
            HOME,
            PATH: `${bin}${delimiter}${PATH}`,
            TMPDIR: join(directory, "tmp"),
        },
        stdin: "ignore",
        reject: false,
    });
    if (result.exitCode === 0) return result.stdout;
    throw new Error(`npm run recover failed: ${result.stderr}`);
}

interface Restored {
    readonly cluster: Cluster;
    readonly kubelet: Kubelet;
}

/** An empty cluster with the manifests applied to it. */
async function restore(
    { directory, tools, start }: DrillSandbox,
    manifests: string,
): Promise<Restored> {
    const starting = startCluster({
        directory: join(directory, "cluster-restored"),
        logs: join(directory, "logs"),
        tools: { etcd: tools.etcd.path, kubeApiserver: tools["kube-apiserver"].path },
    });
    const cluster = await start("another etcd and kube-apiserver", starting);
    const { namespace, kubeletKubeconfig, deployerKubeconfig } = cluster;
    const watching = startKubelet({ kubeconfig: kubeletKubeconfig, namespace });
    const kubelet = await start("another kubelet", watching);
    const args = ["apply", "--server-side", "--filename=-"];
    const applied = await execa(tools.kubectl.path, args, {
        env: { KUBECONFIG: deployerKubeconfig },
        input: manifests,
        reject: false,
    });
    if (applied.exitCode !== 0) throw new Error(`kubectl apply failed: ${applied.stderr}`);
    return { cluster, kubelet };
}

/** Shows the sender its credential; resolves when samples arrive again. */
async function resume(
    { fleet }: DrillSandbox,
    kubelet: Kubelet,
    { sender, lost }: { readonly sender: string; readonly lost: number },
): Promise<{ at: number; arrived: number; storedMeanwhile: number }> {
    const scraped = () => now() - lost > OUTAGE_SECONDS;
    await waitFor("an outage long enough to judge", scraped, { withinSeconds: 60 });
    const at = now();
    const storedMeanwhile = await countHeld(fleet.store.url, lost, at);
    const { name, directory } = fleet.volumes.credential.mount;
    await kubelet.mount({ kind: "Secret", name, directory }).projected();
    const arrives = async () => (await countHeld(fleet.store.url, at, now())) > 0 && now();
    const arrived = await waitFor(`samples of ${sender} arriving again`, arrives, {
        withinSeconds: 120,
        everySeconds: 0.2,
    });
    return { at, arrived, storedMeanwhile };
}

/** A new stack, in an empty state, that goes on from what was recovered. */
async function adopt(
    sandbox: DrillSandbox,
    { cluster, kubelet }: Restored,
    key: string,
): Promise<Engine> {
    const { directory, fleet } = sandbox;
    const engine = sandbox.engine.withEnvironment({
        KUBECONFIG: cluster.deployerKubeconfig,
        ...(await prepareState(directory, "-restored")),
    });
    await prepareStack(engine, sandbox);
    await recover(sandbox, engine, ["--verification-key", key, "--output", "config"]);
    await engine.must("config", "set", "rotation", TO);
    const create = "prometheus-write-secret:mirror.create"; // the mirror is what is left
    await engine.must("config", "set", "--path", create, "false");
    // The manifests have receivers accept the generation before, too; the new stack has no value of
    // it.
    await engine.must("config", "set", "retireWithoutProof", "true");
    for (const volume of [fleet.volumes.auth, fleet.volumes.configuration])
        kubelet.mount(volume.mount);
    await engine.must("up", "--yes", "--skip-preview");
    await engine.must("config", "rm", "retireWithoutProof");
    return engine;
}
