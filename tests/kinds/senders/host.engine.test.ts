// Two machines without Kubernetes: a Prometheus each, on a file that `npm run pull` replaces. One
// has a timer, the other one's never fires: no rotation may cut it off. It does not prove what
// systemd does.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { parse, stringify } from "yaml";
import { host } from "../../../kinds/senders/host.ts";
import { probe } from "../../../proof/probe.ts";
import { startPod } from "../../../sandbox/kubernetes/pod.ts";
import { freePort, waitFor } from "../../../sandbox/parts/process.ts";
import { type Prometheus, query, startPrometheus } from "../../../sandbox/parts/prometheusPart.ts";
import { provideReceiver } from "../../../sandbox/parts/receiverParts.ts";
import { provideSender } from "../../../sandbox/parts/senderParts.ts";
import { now } from "../../../sandbox/runs/measure.ts";
import { type Scrapes, startScrapes } from "../../../sandbox/runs/scrapes.ts";
import { configurationFile } from "../../../sandbox/runs/stack.ts";
import { openTrialStack } from "../../../sandbox/runs/trialStack.ts";
import { type Uses, watchUses } from "../../../sandbox/runs/uses.ts";
import { OWNER } from "../../../sandbox/sandbox.ts";
import { Deployment, diagnostics } from "../../support/deployment.ts";
import { type Stage, useSandbox } from "../../support/fixture.ts";
import { type Ran, runBeside } from "../../support/recovering.ts";

const NAME = "hosts";
/** Its senders push twice a second. */
const DISUSE_SECONDS = 3;
const OF_STACK = "pulumi:pulumi:Stack (prometheus-write-secret-dev)";
/** GitHub gets a record and its signature in two commits, and between them nobody vouches for it. */
const BETWEEN = /^error: nobody vouches for dev\.rotation\.json/;

/** A machine: a Prometheus, the files it reads, and what keeps them. */
class Machine {
    readonly name: string;
    readonly directory: string;
    readonly scrapes: Scrapes;
    readonly #pull: readonly string[];
    readonly #stage: Stage;
    #part: Prometheus | undefined;

    constructor(
        stage: Stage,
        place: Pick<Machine, "name" | "directory" | "scrapes">,
        pull: readonly string[],
    ) {
        [this.#stage, this.#pull] = [stage, pull];
        ({ name: this.name, directory: this.directory, scrapes: this.scrapes } = place);
    }

    get #files(): string {
        return join(this.directory, "write-credential");
    }

    token = (): Promise<string> => readFile(join(this.#files, "token"), "utf8");

    /** What its timer runs, with nothing of the stack but what the machine has. */
    async pull(): Promise<Ran> {
        const { sandbox, deployment } = this.#stage;
        const { GITHUB_BASE_URL = "", GITHUB_TOKEN = "" } = sandbox.engine.environment;
        const environment = { GITHUB_BASE_URL, GITHUB_TOKEN };
        const beside = { directory: this.directory } as never;
        const args = [...this.#pull, "--to", this.#files];
        const ran = await runBeside(beside, "pull", args, { environment });
        deployment.printed.push(args.join(" "), ran.out, ran.err);
        return ran;
    }

    /** Its Prometheus, with the entry that `npm run kinds -- host` prints. */
    async start(url: string): Promise<void> {
        const [snippet] = host.snippets({} as never, { name: NAME, url });
        const printed = parse(snippet?.text ?? "") as { remote_write: object[] };
        const own = JSON.stringify(printed.remote_write).replace(
            "/etc/prometheus/write-credential",
            this.#files,
        );
        const entries = (JSON.parse(own) as object[]).map((entry) => ({
            ...entry,
            queue_config: { batch_send_deadline: "500ms" },
        }));
        const configuration = join(this.directory, "prometheus.yml");
        const job = { job_name: "exporter", static_configs: [{ targets: [this.scrapes.target] }] };
        const text = { global: { scrape_interval: "500ms" }, scrape_configs: [job] };
        await writeFile(configuration, stringify({ ...text, remote_write: entries }));
        const { tools, directory } = this.#stage.sandbox;
        this.#part = await startPrometheus({
            name: `${this.name}-host`,
            command: tools.prometheus.path,
            configuration,
            data: join(this.directory, "data"),
            logs: join(directory, "logs"),
        });
        await this.scrapes.begin();
    }

    /** What of all that it scraped, by its own samples, never arrived in the store. */
    async lost(): Promise<number> {
        const { url: store } = this.#stage.sandbox.fleet.store;
        const series = `sandbox_scrapes_total{source="${this.name}"}`;
        const at = now();
        const isLater = async () => ((await query(store, `min(timestamp(${series}))`)) ?? 0) > at;
        await waitFor("a later sample in the store", isLater, { withinSeconds: 60 });
        const count = `sum(count_over_time(${series}[1h]))`;
        const [sent = 0, stored = 0] = [
            await query(this.#part?.url ?? "", count, at),
            await query(store, count, at),
        ];
        assert.ok(sent > 10_000, `${sent} samples prove little`);
        return sent - stored;
    }

    async stop(): Promise<void> {
        await this.#part?.stop();
        await this.scrapes.stop();
    }
}

describe("senders of kind host", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const labels: string[] = [];
    const machines: Machine[] = [];
    const ends: (() => Promise<unknown>)[] = [];
    let [punctual, idle]: Machine[] = [];
    let url = "";
    let stack: Deployment;
    let uses: Uses;

    const tokens: string[] = [];
    /** What the receiver says of each generation so far, in their order. */
    const answers = async () => {
        const asked = tokens.map((token) => probe(url, { token }));
        return (await Promise.all(asked)).map(({ kind }) => kind);
    };
    /** Waits until a machine that has moved is seen to push with what it has. */
    const isPushing = (label: string) => {
        const from = now();
        return waitFor(`pushes with ${label}`, () => uses.last(label) > from, {
            withinSeconds: 30,
        });
    };
    /** Runs an update while a timer runs `npm run pull` on one of them, every second. */
    const rotating = async (label: string) => {
        assert.ok(punctual);
        const ran: Ran[] = [];
        let over = false;
        const timer = waitFor(
            "the end of the rotation",
            async () => {
                const last = over; // begun after the record is there
                ran.push((await punctual?.pull()) ?? assert.fail());
                return last;
            },
            { withinSeconds: 120, everySeconds: 1 },
        );
        const outcome = await stack.rotateTo(label).finally(() => {
            over = true;
        });
        await timer;
        tokens.push(await punctual.token());
        await isPushing(label);
        return { outcome, ran };
    };

    before(async () => {
        labels.push(...[1, 2, 3, 4].map(() => stage.newLabel()));
        const { sandbox } = stage;
        const directory = join(sandbox.directory, NAME);
        const { vmauth, prometheus } = sandbox.tools;
        const receiver = await provideReceiver("vmauth", {
            ...{ vmauth: vmauth.path, prometheus: prometheus.path },
        });
        const port = await freePort();
        url = `http://127.0.0.1:${port}/api/v1/write`;
        const [rotation = ""] = labels;
        const engine = await openTrialStack(sandbox, {
            ...{ name: NAME, directory, rotation, login: {}, receiver, url },
            sender: await provideSender("secret"),
        });
        stack = new Deployment(engine, configurationFile(directory));
        stage.others.push(stack);
        const identity = await generateIdentity();
        await stack.configure({
            senders: ["punctual", "idle"].map((name) => ({ name, kind: "host" })),
            "recipients.1": await identityToRecipient(identity),
            disuseSeconds: DISUSE_SECONDS,
        });
        const pod = join(directory, "receiver");
        const auth = sandbox.kubelet.mount({
            ...{ kind: "Secret", name: `${NAME}-auth`, directory: join(pod, "auth") },
        });
        const [logs, store] = [join(sandbox.directory, "logs"), sandbox.fleet.store.url];
        const running = startPod([auth], () =>
            receiver.start({ name: `${NAME}-receiver`, pod, port, store, logs }),
        );
        ends.push(() => running.stop());
        await stack.up();
        const { output: key } = await stack.must("stack", "output", "verificationKey");
        for (const name of ["punctual", "idle"]) {
            const place = await mkdtemp(join(tmpdir(), `${name}-`)); // no place of the sandbox's
            ends.push(() => rm(place, { recursive: true }));
            const identityFile = join(place, "identity.txt");
            await writeFile(identityFile, identity, { mode: 0o600 });
            const scrapes = await startScrapes(name, store);
            const machine = new Machine(stage, { name, directory: place, scrapes }, [
                ...["--github", `${OWNER}/${NAME}-credentials`, "--identity", identityFile],
                ...["--verification-key", key.trim(), "--url", url],
            ]);
            machines.push(machine);
            ends.unshift(() => machine.stop());
            const { code, out, err } = await machine.pull();
            assert.equal(code, 0, out + err);
            await machine.start(url);
        }
        [punctual, idle] = machines;
        tokens.push((await punctual?.token()) ?? "");
        uses = watchUses("vmauth", new URL("/metrics", url).href);
        ends.unshift(() => uses.stop());
    });
    after(async () => {
        for (const end of ends) await end();
    });

    it("take a new credential once it is on record, whenever their timers run", async () => {
        const [from = "", to = ""] = labels;
        const { ran } = await rotating(to);
        const said = ran
            .filter(({ code, err }) => code === 0 || !BETWEEN.test(err))
            .map(({ code, out }) => `${code} ${/^\S+ is in/.exec(out)?.[0] ?? ""}`);
        const before = said.filter((one) => one === `0 ${from} is in`).length;
        const after = said.length - before;
        assert.ok(before > 0, "no run met the update");
        assert.deepEqual(said, [
            ...Array<string>(before).fill(`0 ${from} is in`),
            ...Array<string>(after).fill(`0 ${to} is in`),
        ]);
        const switches = ran.filter(({ out }) => out.includes(`now, after ${from}, and`));
        assert.equal(switches.length, 1);
        assert.notEqual(tokens[1], tokens[0]);
    });

    it("are on record as what the rotation was for, proven at the receiver", async () => {
        const text = await stage.sandbox.github.file(`${NAME}-credentials`, "dev.rotation.json");
        const { generation, senders, proven } = JSON.parse(text ?? "") as Record<string, unknown>;
        assert.deepEqual([generation, senders], [labels[1], ["punctual", "idle"]]);
        assert.deepEqual(
            (proven as { receiver: string; how: string }[]).map(({ receiver, how }) => [
                receiver,
                how,
            ]),
            [[NAME, "probe and canary"]],
        );
        assert.equal((await stack.up()).changes, 0);
    });

    it("are never cut off: what one that does not pull pushes with stays accepted", async () => {
        const [first = "", second = "", third = ""] = labels;
        const { outcome } = await rotating(third);
        assert.match(
            diagnostics(outcome)[OF_STACK]?.join("\n") ?? "",
            new RegExp(
                `generation ${first} stays accepted: receivers counted [0-9]+ requests with it in 3 s`,
            ),
        );
        assert.deepEqual((await stack.rotation()).accepted, [third, second, first]);
        assert.equal(await idle?.token(), tokens[0]);
        assert.deepEqual(await answers(), ["accepted", "accepted", "accepted"]);
        const { exitCode, output } = await stack.command("retire", first, "--yes");
        assert.notEqual(exitCode, 0);
        assert.match(output, new RegExp(`retired names ${first}, but receivers counted`));
        assert.deepEqual(await answers(), ["accepted", "accepted", "accepted"]);
    });

    it("have the former credentials dropped once all of them have moved", async () => {
        const [, , third = "", fourth = ""] = labels;
        assert.match((await idle?.pull())?.out ?? "", new RegExp(`^${third} is in .* now, after`));
        const isStill = () => uses.lastOther(third) < now() - DISUSE_SECONDS;
        await waitFor(`pushes with ${third} alone`, isStill, { withinSeconds: 60 });
        await rotating(fourth);
        assert.deepEqual((await stack.rotation()).accepted, [fourth, third]);
        assert.deepEqual(await answers(), ["refused", "refused", "accepted", "accepted"]);
    });

    it("lose no sample in all that", async () => {
        assert.deepEqual(await Promise.all(machines.map((one) => one.lost())), [0, 0]);
    });
});
