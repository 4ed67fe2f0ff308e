import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { provideTools } from "../../sandbox/toolchain/toolchain.ts";
import type { Place } from "./scan.ts";

/** Path of the command. */
export const COMMAND = resolve("commands/extract.ts");

/** What a run of a command came to. */
export interface Run {
    readonly exitCode: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
}

/** Changes to the environment; undefined takes a variable out. */
type Changes = Readonly<Record<string, string | undefined>>;

/**
 * A stack of its own, in a directory of its own, on the real pulumi, for `npm run extract` to adopt
 * into.
 */
export class Extraction {
    readonly root: string;
    readonly pulumi: string;
    #salt = "";

    private constructor(root: string, pulumi: string) {
        this.root = root;
        this.pulumi = pulumi;
    }

    static async open(): Promise<Extraction> {
        const { pulumi } = await provideTools(["pulumi"]);
        const root = await mkdtemp(join(tmpdir(), "extract-"));
        for (const name of ["project", "state", "temporary", "home", "sources"]) {
            await mkdir(join(root, name));
        }
        const extraction = new Extraction(root, pulumi.path);
        await copyFile("Pulumi.yaml", join(root, "project/Pulumi.yaml"));
        await extraction.run(pulumi.path, ["stack", "init", "dev", "--non-interactive"]);
        extraction.#salt = await extraction.stackFile();
        return extraction;
    }

    async close(): Promise<void> {
        await rm(this.root, { recursive: true });
    }

    /** Takes back all configuration, but for `text`. */
    async reset(text = ""): Promise<void> {
        await writeFile(join(this.root, "project/Pulumi.dev.yaml"), this.#salt + text);
    }

    /** `Pulumi.dev.yaml`, as it is. */
    async stackFile(): Promise<string> {
        return readFile(join(this.root, "project/Pulumi.dev.yaml"), "utf8");
    }

    /** Writes a file to extract from; resolves to its path. */
    async write(name: string, text: string): Promise<string> {
        const path = join(this.root, "sources", name);
        await writeFile(path, text);
        return path;
    }

    /** A `prometheus.yml` with an inline password. */
    async writePrometheus(password: string, username = "push"): Promise<string> {
        const client = { url: "https://a", basic_auth: { username, password } };
        return this.write("prometheus.yml", JSON.stringify({ remote_write: [client] }));
    }

    /** Runs the command to its end. */
    async extract(args: readonly string[], changes: Changes = {}): Promise<Run> {
        return this.run(process.execPath, [COMMAND, ...args], changes);
    }

    /** Reads a value of the stack's configuration. */
    async get(...key: readonly string[]): Promise<string> {
        return (await this.run(this.pulumi, ["config", "get", ...key])).stdout;
    }

    /** Runs anything to its end, in the project. */
    async run(command: string, args: readonly string[], changes: Changes = {}): Promise<Run> {
        const { PATH = "", HOME = "" } = process.env;
        const { exitCode, stdout, stderr } = await execa(command, args, {
            cwd: join(this.root, "project"),
            extendEnv: false,
            env: {
                PATH: [dirname(this.pulumi), PATH].join(delimiter),
                HOME,
                TMPDIR: join(this.root, "temporary"),
                PULUMI_HOME: join(this.root, "home"),
                PULUMI_BACKEND_URL: `file://${join(this.root, "state")}`,
                PULUMI_CONFIG_PASSPHRASE: "for a test only",
                PULUMI_SKIP_UPDATE_CHECK: "true",
                ...changes,
            },
            stdin: "ignore",
            reject: false,
        });
        return { exitCode, stdout, stderr };
    }

    /** Everything that outlives the command, but for what it extracted from. */
    async filesLeft(): Promise<Place[]> {
        const places: Place[] = [];
        for (const part of ["project", "state", "temporary", "home"]) {
            const directory = join(this.root, part);
            const entries = await readdir(directory, { recursive: true, withFileTypes: true });
            for (const entry of entries.filter((one) => one.isFile())) {
                const path = join(entry.parentPath, entry.name);
                places.push([path, await readFile(path, "latin1")]);
            }
        }
        return places;
    }
}
