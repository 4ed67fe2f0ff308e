// A PULUMI_HOME as the sandbox makes it, with the engine and a provider of this machine, whether
// official or built. Makes them when they are not in the cache, which takes minutes once.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
    lstat,
    mkdir,
    mkdtemp,
    readFile,
    readlink,
    realpath,
    rm,
    symlink,
    writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { preparePulumiHome, type PulumiHome } from "../../../sandbox/plugins/pulumiHome.ts";
import { installedProviders } from "../../../sandbox/plugins/installedProviders.ts";
import { waitFor } from "../../../sandbox/parts/process.ts";
import { provideTools, type Tool } from "../../../sandbox/toolchain/toolchain.ts";
import { alive } from "../../support/processes.ts";

const MODULES = fileURLToPath(new URL("../../../node_modules", import.meta.url));

const PROGRAM = `
import { writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const mode: string | undefined = new pulumi.Config().get("mode");
if (mode === "throw") throw new Error("thrown on purpose");
if (mode === "exit") process.exit(7);
const password = new random.RandomPassword("password", { length: 48, special: false });
new pulumi.Stash("sealed", { input: password.bcryptHash }, { ignoreChanges: ["input"] });
if (mode === "hook") {
    const gate = new pulumi.ResourceHook("gate", () => {
        throw new Error("the receiver refuses");
    });
    new random.RandomPet("sender", {}, { hooks: { beforeCreate: [gate] } });
}
if (mode === "wait") {
    writeFileSync("pids", process.pid + " " + process.ppid);
    setInterval(() => undefined, 1000);
    await new Promise(() => undefined);
}
`;

interface Outcome {
    readonly exitCode?: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
}

const tools = await provideTools(["pulumi", "pulumi-resource-random"]);
const engine = tools.pulumi;

describe("preparePulumiHome", function () {
    this.timeout(60_000);

    let directory: string;
    let home: PulumiHome;

    before(async () => {
        directory = await realpath(await mkdtemp(join(tmpdir(), "plugins-")));
        home = await preparePulumiHome(join(directory, "home"), tools);
        await writeProject();
        await pulumi("stack", "init", "dev");
    });

    after(async () => {
        await rm(directory, { recursive: true, force: true });
    });

    beforeEach(async () => {
        await pulumi("config", "rm", "mode").catch(() => undefined);
    });

    it("lets npx run the engine without downloading it", async () => {
        const { stdout, stderr } = await execa(
            process.execPath,
            [join(MODULES, "pulumi/run.js"), "version"],
            { env: home.environment },
        );
        assert.deepEqual([stdout, stderr], [`v${engine.version}`, ""]);
    });

    it("runs a program, and changes nothing when it runs again", async () => {
        const first = await pulumi("up", "--yes", "--skip-preview");
        assert.match(first.stdout, /\+ 3 created/);
        assert.doesNotMatch(first.stdout + first.stderr, /warning/);
        await pulumi("preview", "--expect-no-changes");
        const second = await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
        assert.match(second.stdout, /3 unchanged/);
    });

    it("shows what a program throws, once", async () => {
        const failed = await failing("throw");
        assert.equal(failed.exitCode, 1);
        assert.equal(failed.stdout.split("Error: thrown on purpose").length, 2, failed.stdout);
    });

    it("says so when a program ends with an exit code and no word", async () => {
        const failed = await failing("exit");
        assert.equal(failed.exitCode, 1);
        assert.match(failed.stdout, /exit(ed with non-zero exit)? code:? 7/);
    });

    it("fails the update when a hook fails", async () => {
        const failed = await failing("hook");
        assert.equal(failed.exitCode, 1);
        assert.match(failed.stdout, /before hook "gate" failed: the receiver refuses/);
    });

    // The official host is not ours to test.
    if (engine.source === "built") {
        it("ends the program and its language host when the engine is killed", async () => {
            await pulumi("config", "set", "mode", "wait");
            const killed = spawn(home.pulumi, ["preview", "--non-interactive"], {
                cwd: project(),
                env: { ...process.env, ...environment() },
                stdio: "ignore",
            });
            const pids = await waitFor("the program to start", started, { withinSeconds: 60 });
            killed.kill("SIGKILL");
            await once(killed, "exit");
            await waitFor("both to end", () => !pids.some(alive), { withinSeconds: 60 });
        });
    }

    /** Process ids of the waiting program and of its language host. */
    async function started(): Promise<number[] | undefined> {
        const text = await readFile(join(project(), "pids"), "utf8");
        return text.includes(" ") ? text.split(" ").map(Number) : undefined;
    }

    function project(): string {
        return join(directory, "project");
    }

    function environment(): Record<string, string> {
        return {
            ...home.environment,
            PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
            PULUMI_CONFIG_PASSPHRASE: "test",
        };
    }

    async function writeProject(): Promise<void> {
        await mkdir(join(directory, "state"));
        await mkdir(project());
        await symlink(MODULES, join(project(), "node_modules"));
        const runtime = { name: "nodejs", options: { typescript: false } };
        const settings = { name: "tiny", runtime, main: "index.ts" };
        await writeFile(join(project(), "Pulumi.yaml"), JSON.stringify(settings));
        await writeFile(join(project(), "package.json"), JSON.stringify({ type: "module" }));
        await writeFile(join(project(), "index.ts"), PROGRAM);
    }

    function run(args: readonly string[], reject: boolean): Promise<Outcome> {
        return execa(home.pulumi, [...args, "--non-interactive", "--color=never"], {
            cwd: project(),
            env: environment(),
            reject,
        });
    }

    function pulumi(...args: string[]): Promise<Outcome> {
        return run(args, true);
    }

    /** The update of a program that fails in this way. */
    async function failing(mode: string): Promise<Outcome> {
        await pulumi("config", "set", "mode", mode);
        return run(["up", "--yes", "--skip-preview"], false);
    }
});

describe("preparePulumiHome, with an official engine", () => {
    it("uses its own language host, and one plugin directory for all sandboxes", async () => {
        const directory = await mkdtemp(join(tmpdir(), "plugins-"));
        try {
            const path = join(directory, "official", "pulumi");
            await mkdir(dirname(path));
            for (const name of ["pulumi", "pulumi-language-nodejs", "LICENSE"]) {
                await writeFile(join(dirname(path), name), "");
            }
            const tool: Tool = { name: "pulumi", path, version: "3.259.0", source: "official" };
            const cache = join(directory, "cache");
            const at = join(directory, "home");
            await preparePulumiHome(at, { pulumi: tool }, { cache });
            const home = await preparePulumiHome(at, { pulumi: tool }, { cache }); // again is fine
            assert.deepEqual(home.environment, {
                PULUMI_HOME: at,
                PULUMI_SKIP_UPDATE_CHECK: "true",
                PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
            });
            const host = join(dirname(home.pulumi), "pulumi-language-nodejs");
            assert.equal(await realpath(host), await realpath(`${path}-language-nodejs`));
            assert.equal(await readlink(join(at, "plugins")), join(cache, "pulumi-home/plugins"));
            assert.ok((await lstat(join(cache, "pulumi-home/plugins"))).isDirectory());
        } finally {
            await rm(directory, { recursive: true, force: true });
        }
    });
});

describe("installedProviders", () => {
    it("lists the provider SDKs of this clone, with the plugin's name and version", async () => {
        const text = await readFile(join(MODULES, "../package.json"), "utf8");
        const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
        const pulumi = ["aws", "github", "kubernetes", "random"].map((name) => ({
            package: `@pulumi/${name}`,
            name,
            version: dependencies[`@pulumi/${name}`],
            server: "",
        }));
        const grafana = {
            ...{ package: "@pulumiverse/grafana", name: "grafana" },
            version: dependencies["@pulumiverse/grafana"],
            server: "github://api.github.com/pulumiverse",
        };
        const expected = [...pulumi, grafana].sort((a, b) => a.name.localeCompare(b.name));
        const found = installedProviders(join(MODULES, "../tests"));
        assert.deepEqual(
            found.sort((a, b) => a.name.localeCompare(b.name)),
            expected,
        );
    });
});
