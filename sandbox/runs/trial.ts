import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Login } from "../../settings/schema.ts";
import { type Pod, startPod } from "../kubernetes/pod.ts";
import type { Volume } from "../kubernetes/volume.ts";
import { type Exporter, startExporter } from "../parts/exporter.ts";
import { freePort, type Part, waitFor } from "../parts/process.ts";
import { provideSender, type RunningSender } from "../parts/senderParts.ts";
import type { SenderPart } from "../parts/senderPart.ts";
import { startVmauth } from "../parts/vmauthPart.ts";
import type { Sandbox } from "../sandbox.ts";
import type { Engine } from "./engine.ts";
import { now } from "./measure.ts";
import { FROM, TO } from "./rotation.ts";
import { countDelivered, hasDelivered } from "./scrapes.ts";
import { configurationFile } from "./stack.ts";
import { openTrialStack } from "./trialStack.ts";
import { watchUses } from "./uses.ts";

const SERIES = 400; // scraped twice a second
/** So many must be sent while it is watched, so that a loss cannot hide in the noise. */
const SAMPLES = 10_000;
/** A generation that nobody pushed with for so long is out of use: senders push each second. */
const STILL_SECONDS = 3;

/** What meets in a {@link Trial}. */
export interface TrialOptions {
    readonly sender: RunningSender;
    /** Names all it has: its objects, its directory, its mirror. */
    readonly name: string;
    /** The first generation. */
    readonly rotation: string;
    /** How whoever pushes says who it is. Defaults to a bearer token. */
    readonly login?: Login;
}

/** What a {@link Trial} counted in a rotation. */
export interface TrialReport {
    /** Samples the sender scraped meanwhile. */
    readonly sent: number;
    readonly lost: number;
    /** From the change of the sender's files to its last push with the former generation. */
    readonly movedSeconds: number;
}

/** A sender of one kind and a receiver, in a stack of their own, beside that of a sandbox. */
export class Trial {
    /** The stack's; nothing is deployed yet. */
    readonly engine: Engine;
    /** The stack's configuration. */
    readonly file: string;
    /** Runs once the stack is deployed. */
    readonly sender: Pod<Part>;
    readonly #options: TrialOptions;
    readonly #store: string;
    /** Where its receiver takes pushes. */
    readonly url: string;
    readonly #exporter: Exporter;
    readonly #receiver: Pod<Part>;
    readonly #credential: Volume;

    constructor(
        sandbox: Sandbox<never>,
        options: TrialOptions,
        parts: {
            readonly sender: SenderPart;
            readonly engine: Engine;
            readonly exporter: Exporter;
            readonly url: string;
        },
    ) {
        const { name, login = {} } = options;
        const { engine, exporter, url } = parts;
        const [directory, logs] = [join(sandbox.directory, name), join(sandbox.directory, "logs")];
        const pod = join(directory, "sender");
        const mount = (kind: "Secret" | "ConfigMap", object: string, path: string) =>
            sandbox.kubelet.mount({ kind, name: object, directory: path });
        const auth = mount("Secret", `${name}-auth`, join(directory, "auth"));
        const credential = mount(
            "Secret",
            `${name}-write-credential`,
            join(pod, "write-credential"),
        );
        const configuration = parts.sender.isConfigured
            ? [mount("ConfigMap", `${name}-configuration`, join(pod, "configuration"))]
            : [];
        this.engine = engine;
        this.file = configurationFile(directory);
        this.#options = options;
        this.#store = sandbox.fleet.store.url;
        this.url = url;
        this.#exporter = exporter;
        this.#credential = credential;
        this.#receiver = startPod([auth], () =>
            startVmauth({
                name: `${name}-receiver`,
                command: sandbox.tools.vmauth.path,
                configuration: join(directory, "auth", "auth.yml"),
                port: Number(new URL(url).port),
                logs,
            }),
        );
        const place = { name: `${name}-sender`, pod, url, login, logs, target: exporter.target };
        this.sender = startPod([credential, ...configuration], () => parts.sender.start(place));
    }

    /**
     * Watches the sender while `rotate` has the stack go to another generation, until it has pushed
     * with that one alone for a while, and counts what it lost. Fails when the sender ends.
     */
    async watch(to: string, rotate: () => Promise<unknown>): Promise<TrialReport> {
        const { name } = this.#options;
        await this.sender.running;
        await waitFor("the first sample in the store", () => hasDelivered(this.#store, name), {
            withinSeconds: 60,
            everySeconds: 0.2,
        });
        const from = this.#exporter.scrapes() + 1;
        const former = this.#credential.projectedResourceVersion;
        const uses = watchUses("vmauth", new URL("/metrics", this.url).href);
        try {
            await rotate();
            const changed = () => this.#credential.projectedResourceVersion !== former;
            await waitFor("the sender's files to change", changed, { withinSeconds: 60 });
            const changedAt = now();
            const sent = () => (this.#exporter.scrapes() - from) * SERIES;
            const hasMoved = () =>
                uses.last(to) > changedAt + STILL_SECONDS &&
                uses.lastOther(to) < now() - STILL_SECONDS &&
                sent() > SAMPLES;
            await waitFor(`${name} to push with ${to} alone`, hasMoved, { withinSeconds: 180 });
            const movedSeconds = Math.max(0, uses.lastOther(to) - changedAt);
            return { ...(await this.#count(from)), movedSeconds };
        } finally {
            await uses.stop();
        }
    }

    async stop(): Promise<void> {
        await this.sender.stop();
        await this.#receiver.stop();
        await this.#exporter.stop();
    }

    async #count(from: number): Promise<Pick<TrialReport, "sent" | "lost">> {
        const to = this.#exporter.scrapes();
        const stored = await countDelivered(this.#store, this.#options.name, { from, to });
        const sent = (to - from + 1) * SERIES;
        return { sent, lost: sent - stored };
    }
}

/** Prepares a trial: its stack is made, and its pods wait for what they mount. */
export async function openTrial(sandbox: Sandbox<never>, options: TrialOptions): Promise<Trial> {
    const { name, rotation, login = {} } = options;
    const sender = await provideSender(options.sender);
    const directory = join(sandbox.directory, name);
    await mkdir(join(directory, "sender"), { recursive: true });
    const url = `http://127.0.0.1:${await freePort()}/api/v1/write`;
    const told = { name, directory, rotation, login, sender, url };
    const engine = await openTrialStack(sandbox, told);
    const exporter = await startExporter(SERIES, name);
    const trial = new Trial(sandbox, options, { sender, engine, exporter, url });
    return sandbox.start(`${options.sender} of ${name}`, Promise.resolve(trial));
}

/** Deploys a trial, rotates it while samples flow, and ends it. */
export async function runTrial(
    sandbox: Sandbox<never>,
    options: Omit<TrialOptions, "rotation">,
): Promise<TrialReport> {
    const trial = await openTrial(sandbox, { ...options, rotation: FROM });
    try {
        await trial.engine.must("up", "--yes", "--skip-preview");
        return await trial.watch(TO, async () => {
            await trial.engine.must("config", "set", "rotation", TO);
            await trial.engine.must("up", "--yes", "--skip-preview");
        });
    } finally {
        await trial.stop();
    }
}
