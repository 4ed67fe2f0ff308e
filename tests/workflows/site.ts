import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { configurationFile } from "../../sandbox/runs/stack.ts";
import { PROJECT, type Sandbox } from "../../sandbox/sandbox.ts";
import { provideTools, WORKFLOW_TOOLS } from "../../sandbox/toolchain/toolchain.ts";
import { Deployment } from "../support/deployment.ts";
import { type JobRun, runAct } from "./act.ts";
import { type Event, payload } from "./event.ts";
import { Hub, REPOSITORY } from "./hub.ts";
import { prepareRunner } from "./runner.ts";

/** Relative to this file. */
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * The program's repository, as somebody has it who set it up by docs/ci.md, and a runner for its
 * workflows, which reaches the sandbox.
 */
export class Site {
    /** How many days later than it is the runner's Node programs live. */
    daysLater = 0;
    /** All that jobs printed. */
    readonly printed: string[] = [];
    readonly hub: Hub;
    readonly sandbox: Sandbox<never>;
    /** The developer's checkout, with the stack's configuration. */
    readonly deployment: Deployment;
    readonly #directory: string;
    readonly #act: string;
    readonly #tell: (line: string) => void;

    private constructor(
        sandbox: Sandbox<never>,
        hub: Hub,
        act: string,
        directory: string,
        tell: (line: string) => void,
    ) {
        this.sandbox = sandbox;
        this.hub = hub;
        this.#act = act;
        this.#directory = directory;
        this.#tell = tell;
        const file = join(directory, "developer", "Pulumi.dev.yaml");
        const engine = sandbox.engine.withEnvironment({ PULUMI_OPTION_CONFIG_FILE: file });
        this.deployment = new Deployment(engine, file);
    }

    /** Pushes the program as it is here, with the sandbox's stack, to a repository of its own. */
    static async start(sandbox: Sandbox<never>, tell: (line: string) => void): Promise<Site> {
        const directory = join(sandbox.directory, "site");
        await mkdir(directory);
        const { act } = await provideTools(WORKFLOW_TOOLS);
        const hub = await sandbox.start("the program's GitHub", Hub.start(directory));
        const site = new Site(sandbox, hub, act.path, directory, tell);
        await site.#makeRepository();
        return site;
    }

    /** Commits what the developer's checkout has, and pushes it; `daysAgo` dates the commit. */
    async push(message: string, { branch = "main", daysAgo = 0 } = {}): Promise<void> {
        const date = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
        const env = { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date };
        await this.#git(["add", "--all"], env);
        await this.#git(["commit", "--quiet", "--allow-empty", "--message", message], env);
        await this.#git(["push", "--quiet", "--force", "origin", `HEAD:${branch}`]);
    }

    /** Brings the developer's checkout to where main is; returns what its newest commit says. */
    async pull(): Promise<string> {
        await this.#git(["fetch", "--quiet", "origin", "main"]);
        await this.#git(["reset", "--quiet", "--hard", "FETCH_HEAD"]);
        return this.#git(["log", "-1", "--format=%an: %s"]);
    }

    /** Runs a job of a workflow as this event starts it. */
    async run(
        workflow: string,
        job: string,
        event: Event,
        more: readonly string[] = [],
    ): Promise<JobRun> {
        const directory = await mkdtemp(join(this.#directory, "run-"));
        try {
            const checkout = join(directory, "checkout");
            const branch = event.branch ?? "main";
            await execa("git", ["clone", "--quiet", "--branch", branch, this.#bare, checkout]);
            const file = join(".github", "workflows", `${workflow}.yml`);
            const { stdout: sha } = await execa("git", ["-C", checkout, "rev-parse", "HEAD"]);
            if (event.number !== undefined) {
                const ref = `refs/pull/${event.number}/merge`;
                await execa("git", ["-C", this.#bare, "update-ref", ref, sha]);
            }
            await this.#describe(
                directory,
                event,
                await readPermissions(join(checkout, file), job),
            );
            const given = ["secret", "var", "env"].flatMap((kind) => [
                `--${kind}-file`,
                join(directory, `${kind}.yml`),
            ]);
            const jobs = await runAct({
                act: this.#act,
                args: [
                    ...[event.name, "--directory", checkout, "--workflows", file, "--job", job],
                    ...["--eventpath", join(directory, "event.json"), ...given, ...STANDING],
                    ...["--action-cache-path", join(directory, "actions"), ...more],
                    ...(await this.#standIns(checkout)),
                ],
                environment: await prepareRunner({
                    home: join(directory, "home"),
                    bin: this.hub.bin,
                    engine: this.sandbox.engine.environment,
                    daysLater: this.daysLater,
                }),
                onStep: this.#tell,
            });
            const [ran = NOT_RUN] = jobs;
            this.printed.push(ran.output, ...ran.errors);
            return ran;
        } finally {
            await rm(directory, { recursive: true, force: true });
        }
    }

    get #bare(): string {
        return join(this.#directory, "git", REPOSITORY);
    }

    async #git(
        args: readonly string[],
        env: Readonly<Record<string, string>> = {},
    ): Promise<string> {
        const who = ["-c", "user.name=developer", "-c", "user.email=developer@example.com"];
        const cwd = join(this.#directory, "developer");
        const { stdout } = await execa("git", [...who, ...args], { cwd, env });
        return stdout;
    }

    async #makeRepository(): Promise<void> {
        const developer = join(this.#directory, "developer");
        const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        const { stdout } = await execa("git", listed, { cwd: PROJECT });
        for (const file of stdout
            .split("\0")
            .filter((name) => name && existsSync(join(PROJECT, name)))) {
            await cp(join(PROJECT, file), join(developer, file), { recursive: true });
        }
        const configuration = await readFile(configurationFile(this.sandbox.directory));
        await writeFile(join(developer, "Pulumi.dev.yaml"), configuration);
        await execa("git", ["init", "--quiet", "--bare", "--initial-branch=main", this.#bare]);
        await this.#git(["init", "--quiet", "--initial-branch=main"]);
        await this.#git(["remote", "add", "origin", this.#bare]);
        await this.push("Set up");
    }

    /** Writes what act reads: the event, secrets, variables and its own environment. */
    async #describe(
        directory: string,
        event: Event,
        permissions: Readonly<Record<string, string>>,
    ): Promise<void> {
        const { environment } = this.sandbox.engine;
        const read = async (name: string) => readFile(environment[name] ?? "", "utf8");
        const files = {
            "secret.yml": {
                GITHUB_TOKEN: this.hub.issueToken(permissions),
                MIRROR_TOKEN: environment["GITHUB_TOKEN"],
                KUBECONFIG: await read("KUBECONFIG"),
                PULUMI_CONFIG_PASSPHRASE: await read("PULUMI_CONFIG_PASSPHRASE_FILE"),
            },
            "var.yml": {
                PULUMI_STACK: "dev",
                PULUMI_BACKEND_URL: environment["PULUMI_BACKEND_URL"],
            },
            "env.yml": {
                GITHUB_REPOSITORY: REPOSITORY,
                GITHUB_SERVER_URL: `file://${join(this.#directory, "git")}`,
            },
        };
        for (const [name, content] of Object.entries(files)) {
            await writeFile(join(directory, name), stringify(content), { mode: 0o600 });
        }
        await writeFile(join(directory, "event.json"), JSON.stringify(payload(event)));
    }

    /** The actions that a checkout uses of others, as this folder stands in for them. */
    async #standIns(checkout: string): Promise<readonly string[]> {
        const { stdout } = await execa("git", [
            "-C",
            checkout,
            "grep",
            "-ohE",
            "uses: [a-z].*@[0-9a-f]+",
            "--",
            ".github",
        ]);
        const used = [
            ...new Set(stdout.split("\n").map((line) => line.replace("uses: ", "").trim())),
        ];
        return used.flatMap((action) => {
            const [, name = ""] = /\/([\w-]+)@/.exec(action) ?? [];
            const standIn = here(`actions/${name}`);
            if (!existsSync(standIn))
                throw new Error(`${action} has no stand-in in tests/workflows/actions`);
            const server = `file://${join(this.#directory, "git")}`;
            return ["--local-repository", `${server}/${action}=${standIn}`];
        });
    }
}

const NOT_RUN: JobRun = { name: "", outcome: "skipped", steps: [], output: "", errors: [] };

/** No Docker, nothing from the network, and nothing left behind. */
const STANDING = [
    ...["--json", "--platform", "ubuntu-latest=-self-hosted", "--no-skip-checkout", "--rm"],
    ...["--no-cache-server", "--action-offline-mode", "--actor", "somebody"],
];

/** What a job asks for; what the workflow asks for where it asks for nothing itself. */
async function readPermissions(
    file: string,
    job: string,
): Promise<Readonly<Record<string, string>>> {
    const { permissions, jobs } = parse(await readFile(file, "utf8")) as {
        permissions: Record<string, string>;
        jobs: Record<string, { permissions?: Record<string, string> }>;
    };
    return jobs[job]?.permissions ?? permissions;
}
