import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Login } from "../../settings/schema.ts";
import { type Pod, startPod } from "../kubernetes/pod.ts";
import type { Volume } from "../kubernetes/volume.ts";
import { freePort, type Part, waitFor } from "../parts/process.ts";
import { provideSender, type RunningSender } from "../parts/senderParts.ts";
import type { Sender, SenderPart } from "../parts/senderPart.ts";
import type { ReceiverPart } from "../parts/receiverPart.ts";
import { provideReceiver, type RunningKind } from "../parts/receiverParts.ts";
import type { Sandbox } from "../sandbox.ts";
import { acceptNewestAlone, type HeldLogin, readLogin } from "./byHand.ts";
import type { Engine } from "./engine.ts";
import { now } from "./measure.ts";
import { type ScrapeCount, type Scrapes, startScrapes } from "./scrapes.ts";
import { configurationFile } from "./stack.ts";
import { openTrialStack } from "./trialStack.ts";
import { type Uses, watchUses } from "./uses.ts";

/** A generation that nobody pushed with for so long is out of use: senders push each second. */
const STILL_SECONDS = 3;
/** So long the sender pushes on once something has happened. */
const ON_SECONDS = 5;
const NEVER_SECONDS = 3600;

/** What meets in a {@link Trial}. */
export interface TrialOptions {
    readonly sender: RunningSender;
    /** Defaults to vmauth. */
    readonly receiver?: RunningKind;
    /** Names all it has: its objects, its directory, its mirror. */
    readonly name: string;
    /** The first generation. */
    readonly rotation: string;
    /** How whoever pushes says who it is. Defaults to a bearer token. */
    readonly login?: Login;
}

/** What a {@link Trial} counted in a rotation. */
export interface TrialReport extends ScrapeCount {
    /**
     * From the change of the sender's files to its last push with the former generation; undefined
     * where the receiver does not count who pushes with what.
     */
    readonly movedSeconds: number | undefined;
    /** Whether the sender began anew or loaded its configuration again. */
    readonly restarted: boolean;
}

/** What a {@link Trial} is put together of. */
interface TrialParts {
    readonly sender: SenderPart;
    readonly receiver: ReceiverPart;
    readonly engine: Engine;
    readonly scrapes: Scrapes;
    /** Where the receiver takes pushes. */
    readonly url: string;
}

/** A sender and a receiver of any kind, in a stack of their own, beside that of a sandbox. */
export class Trial {
    /** The stack's; nothing is deployed yet. */
    readonly engine: Engine;
    /** The stack's configuration. */
    readonly file: string;
    /** Runs once the stack is deployed. */
    readonly sender: Pod<Sender>;
    /** Where its receiver takes pushes. */
    readonly url: string;
    readonly #sandbox: Sandbox<never>;
    readonly #options: TrialOptions;
    readonly #parts: TrialParts;
    readonly #receiver: Pod<Part>;
    readonly #credential: Volume;

    constructor(sandbox: Sandbox<never>, options: TrialOptions, parts: TrialParts) {
        const { name, login = {} } = options;
        const [directory, logs] = [join(sandbox.directory, name), join(sandbox.directory, "logs")];
        const pods = { sender: join(directory, "sender"), receiver: join(directory, "receiver") };
        const mount = (kind: "Secret" | "ConfigMap", object: string, path: string) =>
            sandbox.kubelet.mount({ kind, name: `${name}-${object}`, directory: path });
        const auth = mount("Secret", "auth", join(pods.receiver, "auth"));
        const credentialPath = join(pods.sender, "write-credential");
        const credential = mount("Secret", "write-credential", credentialPath);
        const configuration = parts.sender.isConfigured
            ? [mount("ConfigMap", "configuration", join(pods.sender, "configuration"))]
            : [];
        this.engine = parts.engine;
        this.file = configurationFile(directory);
        this.url = parts.url;
        this.#sandbox = sandbox;
        this.#options = options;
        this.#parts = parts;
        this.#credential = credential;
        const { url } = parts;
        this.#receiver = startPod([auth], () =>
            parts.receiver.start({
                name: `${name}-receiver`,
                pod: pods.receiver,
                port: Number(new URL(url).port),
                store: sandbox.fleet.store.url,
                logs,
            }),
        );
        const { target } = parts.scrapes;
        const place = { name: `${name}-sender`, pod: pods.sender, url, login, logs, target };
        this.sender = startPod([credential, ...configuration], () => parts.sender.start(place));
    }

    /** What the sender is told to push with now. */
    async login(): Promise<HeldLogin> {
        const secret = `${this.#options.name}-write-credential`;
        const { token, username } = await readLogin(this.#sandbox.cluster, secret);
        return { token, username: username ?? this.#options.login?.username };
    }

    /**
     * Watches the sender while `rotate` has the stack go to another generation, until it has pushed
     * with that one alone for a while, then while `onceMoved` does what it does, and counts what
     * was lost.
     *
     * Where the receiver counts nobody, a while after the change of its files is taken for that.
     */
    async watch(
        to: string,
        rotate: () => Promise<unknown>,
        onceMoved: () => Promise<unknown> = () => Promise.resolve(),
    ): Promise<TrialReport> {
        const part = await this.sender.running;
        const { scrapes } = this.#parts;
        const from = await scrapes.begin();
        const starts = await readStarts(part);
        const former = this.#credential.projectedResourceVersion;
        const uses = this.#watchUses();
        try {
            await rotate();
            const changed = () => this.#credential.projectedResourceVersion !== former;
            await waitFor("the sender's files to change", changed, { withinSeconds: 60 });
            const changedAt = now();
            const hasMoved = () => scrapes.suffice(from) && isStill(uses, to, changedAt);
            const moving = `${this.#options.name} to push with ${to} alone`;
            await waitFor(moving, hasMoved, { withinSeconds: 180 });
            const movedSeconds = uses && Math.max(0, uses.lastOther(to) - changedAt);
            await onceMoved();
            const count = await scrapes.count(from);
            return { ...count, movedSeconds, restarted: (await readStarts(part)) !== starts };
        } finally {
            await uses?.stop();
        }
    }

    /**
     * Has the receiver refuse a former credential, by hand, and the sender push on for a while:
     * whatever it still pushes with that one is lost.
     */
    async refuse(former: HeldLogin): Promise<void> {
        const { kind } = this.#parts.receiver;
        const told = { kind, url: this.#parts.url, secret: `${this.#options.name}-auth` };
        await acceptNewestAlone(this.#sandbox.cluster, told, former);
        const until = now() + ON_SECONDS;
        await waitFor("further pushes", () => now() > until, { withinSeconds: ON_SECONDS + 1 });
    }

    /** Does `work` while the sender's files stay as they are, whatever its Secret holds. */
    async whileHeldBack(work: () => Promise<unknown>): Promise<void> {
        const { delaySeconds } = this.#credential;
        this.#credential.delaySeconds = NEVER_SECONDS;
        try {
            await work();
        } finally {
            this.#credential.delaySeconds = delaySeconds;
        }
    }

    async stop(): Promise<void> {
        await this.sender.stop();
        await this.#receiver.stop();
        await this.#parts.scrapes.stop();
    }

    #watchUses(): Uses | undefined {
        const { kind, metrics } = this.#parts.receiver;
        return metrics === undefined
            ? undefined
            : watchUses(kind, new URL(metrics, this.#parts.url).href);
    }
}

/** Whether nobody has pushed with another generation for a while, as far as can be seen. */
function isStill(uses: Uses | undefined, to: string, changedAt: number): boolean {
    if (!uses) return now() > changedAt + STILL_SECONDS;
    const isFormerStill = uses.lastOther(to) < now() - STILL_SECONDS;
    return isFormerStill && uses.last(to) > changedAt + STILL_SECONDS;
}

/** What of the metrics of senders changes when they begin anew or load their configuration. */
const STARTS =
    /^(process_start_time_seconds|\w*config_last_(re)?load_success(ful)?_timestamp_seconds)\b/;

async function readStarts({ url }: Sender): Promise<string> {
    const text = await (await fetch(new URL("/metrics", url))).text();
    return text
        .split("\n")
        .filter((line) => STARTS.test(line))
        .join("\n");
}

/** Prepares a trial: its stack is made, and its pods wait for what they mount. */
export async function openTrial(sandbox: Sandbox<never>, options: TrialOptions): Promise<Trial> {
    const { name, rotation, login = {} } = options;
    const { vmauth, prometheus } = sandbox.tools;
    const programs = { vmauth: vmauth.path, prometheus: prometheus.path };
    const receiver = await provideReceiver(options.receiver ?? "vmauth", programs);
    const sender = await provideSender(options.sender);
    const directory = join(sandbox.directory, name);
    await mkdir(join(directory, "sender"), { recursive: true });
    const url = `http://127.0.0.1:${await freePort()}/api/v1/write`;
    const told = { name, directory, rotation, login, sender, receiver, url };
    const engine = await openTrialStack(sandbox, told);
    const scrapes = await startScrapes(name, sandbox.fleet.store.url);
    const trial = new Trial(sandbox, options, { sender, receiver, engine, scrapes, url });
    return sandbox.start(`${sender.kind} of ${name}`, Promise.resolve(trial));
}
