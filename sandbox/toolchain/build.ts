import { execa } from "execa";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { executables } from "./path.ts";
import type { GoBuild, Recipe } from "./recipe.ts";

/** How Go builds, beside where it keeps what it needs for that. */
export const SETTINGS = {
    GOTOOLCHAIN: "local", // another toolchain would have to be downloaded
    GOWORK: "off",
    CGO_ENABLED: "0",
    // Profiles of the Prometheus and Kubernetes projects double the time
    GOFLAGS: "-trimpath -buildvcs=false -pgo=off",
    GOGC: "400",
};

/** A Go installation. */
export interface Go {
    readonly path: string;
    /** Such as `"1.26.8"`. */
    readonly version: string;
    /** Directories of the user's own caches, which need not exist. */
    readonly buildCache?: string | undefined;
    readonly moduleCache?: string | undefined;
}

/** The first Go on the PATH. */
export async function findGo(path: string): Promise<Go | undefined> {
    const [file] = await executables("go", path);
    if (file === undefined) return undefined;
    const asked = ["env", "GOVERSION", "GOCACHE", "GOMODCACHE"];
    const { stdout } = await execa(file, asked, { reject: false, env: SETTINGS });
    const [said = "", buildCache, moduleCache] = stdout.split("\n");
    const version = /^go(\d+\.\d+(\.\d+)?)/.exec(said)?.[1];
    return version === undefined ? undefined : { path: file, version, buildCache, moduleCache };
}

/**
 * What besides its sources decides what a build makes: data for the cache entry's digest. Where Go
 * keeps its caches does not.
 */
export function ingredients(builds: readonly GoBuild[], go: Go): unknown {
    // Not the directory: clones of this repository share the cache.
    return [SETTINGS, go.version, builds.map((build) => ({ ...build, module: undefined }))];
}

/**
 * Builds the tool of a recipe from its Go module into a directory, with the schema beside it if it
 * has one.
 *
 * @param caches Environment that says where Go's caches are; see `goCaches`.
 *
 * @throws {Error} one line: the last that the compiler printed, and where the others are.
 */
export async function build(
    recipe: Recipe,
    go: Go,
    directories: { readonly into: string; readonly logs: string },
    caches: Readonly<Record<string, string>>,
): Promise<void> {
    const { package: name, tags = [], variables = {}, schema } = recipe.build;
    const binary = join(directories.into, recipe.name);
    const set = Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`);
    const run = runner(recipe, directories.logs, { ...SETTINGS, ...caches });
    await run(go.path, [
        "build",
        "-mod=readonly",
        ...(tags.length > 0 ? ["-tags", tags.join(",")] : []),
        "-ldflags",
        ["-s", "-w", ...set].join(" "),
        "-o",
        binary,
        name,
    ]);
    if (schema === undefined) return;
    const text =
        "printedBy" in schema
            ? await run(binary, schema.printedBy)
            : await publishedSchema(schema, (arguments_) => run(go.path, arguments_));
    await writeFile(join(directories.into, "schema.json"), text);
}

/** The schema in a provider's module says no version, and the engine wants the plugin's. */
async function publishedSchema(
    schema: { readonly module: string; readonly file: string; readonly version: string },
    go: (arguments_: string[]) => Promise<string>,
): Promise<string> {
    const directory = await go(["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", schema.module]);
    const text = await readFile(join(directory.trim(), schema.file), "utf8");
    return JSON.stringify({ ...(JSON.parse(text) as object), version: schema.version });
}

/**
 * The Go that builds a recipe.
 *
 * @throws {Error} one line that says what to install.
 */
export async function requireGo(recipe: Recipe, go: Go | undefined): Promise<Go> {
    const file = await readFile(join(recipe.build.module, "go.mod"), "utf8");
    // "1.26.0" in go.mod is the first Go 1.26.
    const needed = (/^go (\S+)/m.exec(file)?.[1] ?? "1.26").replace(/\.0$/, "");
    if (go !== undefined && !older(go.version, needed)) return go;
    const state = go === undefined ? "Go is missing" : `Go ${go.version} is too old`;
    throw new Error(
        `${recipe.name} ${recipe.version} cannot be downloaded and ${state}: ` +
            `install Go ${needed} or newer (https://go.dev/dl) and run again`,
    );
}

function older(version: string, needed: string): boolean {
    return version.localeCompare(needed, "en", { numeric: true }) < 0;
}

/** Runs commands in a module's directory, and keeps in a log what they print on standard error. */
function runner(
    recipe: Recipe,
    logs: string,
    env: Readonly<Record<string, string>>,
): (file: string, arguments_: readonly string[]) => Promise<string> {
    return async (file, arguments_) => {
        await mkdir(logs, { recursive: true });
        const log = join(logs, `${recipe.name}.log`);
        const result = await execa(file, arguments_, {
            cwd: recipe.build.module,
            env,
            reject: false,
            stdin: "ignore",
            maxBuffer: 1e9,
            stderr: [{ file: log }, "pipe"],
        });
        if (!result.failed) return result.stdout;
        const reason = lastLine(result.stderr) ?? result.shortMessage;
        throw new Error(`${recipe.name} ${recipe.version} cannot be built: ${reason}; see ${log}`);
    };
}

function lastLine(text: string): string | undefined {
    const said = text.split("\n").map((line) => line.trim());
    // `# package` is a heading, `go: downloading` is progress, `note:` explains the line before it.
    return said.findLast((line) => line !== "" && !/^(#|go: downloading|note:)/.test(line));
}
