import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { type Cluster, startCluster } from "./kubernetes/cluster.ts";
import { type Exporter, startExporter } from "./parts/exporter.ts";
import { type Fleet, startFleet } from "./parts/fleet.ts";
import { type GitHub, startGitHub } from "./github/server.ts";
import type { ReceiverPart } from "./parts/receiverPart.ts";
import { provideReceiver, type RunningKind } from "./parts/receiverParts.ts";
import { type Kubelet, startKubelet } from "./kubernetes/kubelet.ts";
import { preparePulumiHome } from "./plugins/pulumiHome.ts";
import { createEngine, type Engine } from "./runs/engine.ts";
import { configurationFile, createStack, STACK } from "./runs/stack.ts";
import {
    provideTools,
    RUNNING_TOOLS,
    type RunningTool,
    TERMINAL_TOOLS,
    type TerminalTool,
    type Tool,
    type ToolName,
} from "./toolchain/toolchain.ts";

/** The project this sandbox is part of. */
export const PROJECT = fileURLToPath(new URL("..", import.meta.url));

/** Whom the mirror belongs to on the emulated GitHub. */
export const OWNER = "sandbox";
const SERIES = 2000; // scraped twice a second: 100,000 samples in 25 s

/** The objects the stack of `Pulumi.dev.yaml` makes, beside the receiver's, which the pods mount. */
const OBJECTS = {
    credential: "prometheus-write-credential",
    configuration: "prometheus-configuration",
};

/** Everything a rotation meets, running on this machine, and tools beside those that run. */
export interface Sandbox<Beside extends ToolName = TerminalTool> {
    readonly directory: string;
    readonly tools: Readonly<Record<RunningTool | Beside, Tool>>;
    readonly cluster: Cluster;
    readonly kubelet: Kubelet;
    readonly github: GitHub;
    readonly exporter: Exporter;
    /** The sender, receiver and store of the stack. */
    readonly fleet: Fleet;
    /** What the receiver is. */
    readonly receiver: ReceiverPart;
    readonly engine: Engine;
    /** Path of the age identity that opens the mirror. */
    readonly identity: string;
    /** Starts a further part, which ends with the sandbox. */
    readonly start: Starter;
    /** Ends everything, in the reverse order of starting. May be called again. */
    stop(): Promise<void>;
}

/** Starts a part of a name, which is told, and has it end with the sandbox. */
export type Starter = <T extends { stop(): Promise<void> }>(
    name: string,
    part: Promise<T>,
) => Promise<T>;

/** Where a {@link Sandbox} lives. */
export interface SandboxOptions<Beside extends ToolName = TerminalTool> {
    /**
     * Tools to have beside those that run. Defaults to what a terminal has; each may take minutes
     * to make, once on a machine.
     */
    readonly beside?: readonly Beside[];
    /** The kind of the receiver. Defaults to vmauth. */
    readonly receiver?: RunningKind;
    /** Must be the sandbox's alone; what an earlier one left there is removed. */
    readonly directory: string;
    /** Told what is being started. */
    readonly onStart?: (part: string) => void;
}

/** Starts everything; resolves when `pulumi up` can run. Fails with nothing left running. */
export async function startSandbox<Beside extends ToolName = TerminalTool>(
    options: SandboxOptions<Beside>,
): Promise<Sandbox<Beside>> {
    const { beside = TERMINAL_TOOLS as readonly ToolName[] as readonly Beside[] } = options;
    const tools = await provideTools([...RUNNING_TOOLS, ...beside]);
    const receiver = await provideReceiver(options.receiver ?? "vmauth", {
        vmauth: tools.vmauth.path,
        prometheus: tools.prometheus.path,
    });
    await rm(options.directory, { recursive: true, force: true });
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const stops: (() => Promise<void>)[] = [];
    const stop = async () => {
        for (let part = stops.pop(); part; part = stops.pop()) await part();
    };
    const start: Starter = async (name, part) => {
        options.onStart?.(name);
        const started = await part;
        stops.push(() => started.stop());
        return started;
    };
    try {
        const parts = await startParts(options.directory, tools, receiver, start);
        return { ...parts, tools, start, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

async function startParts(
    directory: string,
    tools: Sandbox<never>["tools"],
    receiver: ReceiverPart,
    start: Starter,
): Promise<Omit<Sandbox, "tools" | "start" | "stop">> {
    const logs = join(directory, "logs");
    const token = randomBytes(20).toString("hex");
    const cluster = await start(
        "etcd and kube-apiserver",
        startCluster({
            directory: join(directory, "cluster"),
            logs,
            tools: { etcd: tools.etcd.path, kubeApiserver: tools["kube-apiserver"].path },
        }),
    );
    const { namespace, kubeletKubeconfig } = cluster;
    const kubelet = await start(
        "kubelet",
        startKubelet({ kubeconfig: kubeletKubeconfig, namespace }),
    );
    const github = await start("GitHub", startGitHub({ logs, owner: OWNER, token }));
    const exporter = await start("exporter", startExporter(SERIES));
    const fleet = await start(
        `Prometheus and ${receiver.kind}`,
        startFleet({
            prefix: "",
            directory: join(directory, "pods"),
            logs,
            tools: { prometheus: tools.prometheus.path, vmauth: tools.vmauth.path },
            kubelet,
            target: exporter.target,
            receiver,
            objects: { ...OBJECTS, auth: `${receiver.kind}-auth` },
        }),
    );
    const identity = join(directory, "age-identity.txt");
    await writeFile(identity, `${await generateIdentity()}\n`, { mode: 0o600 });
    const engine = await prepareEngine(directory, tools, {
        KUBECONFIG: cluster.deployerKubeconfig,
        GITHUB_BASE_URL: github.baseUrl,
        GITHUB_TOKEN: token,
    });
    await prepareStack(engine, { directory, fleet, identity, receiver });
    return { directory, cluster, kubelet, github, exporter, fleet, engine, identity, receiver };
}

/** An engine with its state, its passphrase and its plugins in the sandbox's directory. */
async function prepareEngine(
    directory: string,
    tools: Sandbox<never>["tools"],
    environment: Readonly<Record<string, string>>,
): Promise<Engine> {
    const home = await preparePulumiHome(join(directory, "pulumi"), tools);
    return createEngine({
        project: PROJECT,
        pulumi: home.pulumi,
        temporary: join(directory, "tmp"),
        environment: {
            ...home.environment,
            ...environment,
            ...(await prepareState(directory)),
            PULUMI_STACK: STACK,
            PULUMI_OPTION_CONFIG_FILE: configurationFile(directory),
        },
    });
}

/** Makes the sandbox's stack, empty, in the state of an engine. */
export async function prepareStack(
    engine: Engine,
    {
        directory,
        fleet,
        identity,
        receiver,
    }: Pick<Sandbox, "directory" | "fleet" | "identity" | "receiver">,
): Promise<void> {
    const key = (await readFile(identity, "utf8")).trim();
    await createStack(engine, {
        project: PROJECT,
        directory,
        fleet,
        receiver,
        recipients: [await identityToRecipient(key)],
    });
}

/**
 * Makes an empty state and a passphrase to encrypt it with; resolves to the environment an engine
 * finds them by.
 *
 * @param suffix Ends the names of both. Defaults to nothing.
 */
export async function prepareState(
    directory: string,
    suffix = "",
): Promise<Readonly<Record<string, string>>> {
    const state = join(directory, `state${suffix}`);
    const passphrase = join(directory, `passphrase${suffix}`);
    await mkdir(state);
    await writeFile(passphrase, randomBytes(20).toString("hex"), { mode: 0o600 });
    return {
        // Without metadata files, which an engine that is killed leaves empty; it cannot read its
        // state then.
        PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
        PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    };
}
