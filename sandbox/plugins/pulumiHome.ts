import { constants } from "node:fs";
import {
    chmod,
    copyFile,
    link,
    mkdir,
    readdir,
    realpath,
    rm,
    symlink,
    writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "../../package.json" with { type: "json" };
import { quote } from "../../text/quote.ts";
import { cacheDirectory, exists } from "../toolchain/cache.ts";
import { engineHome } from "../toolchain/provide.ts";
import type { Tool } from "../toolchain/recipe.ts";

const PREFIX = "pulumi-resource-";

/** A PULUMI_HOME that is ready to use. */
export interface PulumiHome {
    readonly directory: string;
    /** The engine's executable. `npx pulumi` with {@link environment} runs the same. */
    readonly pulumi: string;
    /** What to add to the environment of whatever runs the engine. */
    readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes `directory` a PULUMI_HOME in which `npx pulumi` and the engine find the given engine, its
 * language host and the given provider plugins, without downloading them. What was there before
 * under `versions` and `plugins` is replaced; do not call it while an engine runs there.
 *
 * A built engine gets this clone's own language host, and downloads no plugins; an official one
 * brings its own, and downloads plugins that are missing into the cache, where the next sandbox
 * finds them.
 *
 * @param tools As `provideTools` returned them: `pulumi`, and any number of `pulumi-resource-*`.
 */
export async function preparePulumiHome(
    directory: string,
    tools: Readonly<{ pulumi: Tool } & Record<string, Tool>>,
    options: { readonly cache?: string } = {},
): Promise<PulumiHome> {
    const cache = options.cache ?? cacheDirectory();
    const engine = tools.pulumi;
    const built = engine.source === "built";
    // The npm package looks for its own version here; the recipe provides exactly that one.
    const bin = join(directory, "versions", engine.version, "bin");
    const plugins = join(directory, "plugins");
    await rm(join(directory, "versions"), { recursive: true, force: true });
    await rm(plugins, { recursive: true, force: true }); // a link is removed, not followed
    await mkdir(bin, { recursive: true });
    if (built) await placeBuiltEngine(engine, bin, join(cache, "compiled"));
    else await placeOfficialEngine(engine, bin);
    const providers = Object.values(tools).filter(({ name }) => name.startsWith(PREFIX));
    if (!built && providers.every(({ source }) => source === "official")) {
        const shared = join(engineHome(cache), "plugins");
        await mkdir(shared, { recursive: true });
        await symlink(shared, plugins);
    } else {
        for (const provider of providers) await placePlugin(provider, plugins);
        if (built) await placeStandIns(plugins, join(cache, "compiled"));
    }
    return {
        directory,
        pulumi: join(bin, "pulumi"),
        environment: {
            PULUMI_HOME: directory,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            // One on the PATH would be taken whatever its version
            PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
            ...(built && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
        },
    };
}

/**
 * Every executable an official release has beside the engine: it looks for them where its own link
 * points.
 */
async function placeOfficialEngine(engine: Tool, bin: string): Promise<void> {
    const release = dirname(await realpath(engine.path));
    for (const name of await readdir(release)) {
        if (name.startsWith("pulumi")) await symlink(join(release, name), join(bin, name));
    }
}

async function placeBuiltEngine(engine: Tool, bin: string, compiled: string): Promise<void> {
    // Not a symbolic link: the engine resolves those, and would look for the language host in the
    // cache.
    await linkOrCopy(engine.path, join(bin, "pulumi"));
    await writeNodeProgram(join(bin, "pulumi-language-nodejs"), "languageNodejs.ts", compiled);
}

/** An executable that runs a program of `plugins/`. */
async function writeNodeProgram(file: string, program: string, compiled: string): Promise<void> {
    const path = fileURLToPath(new URL(`./${program}`, import.meta.url));
    const script = [
        "#!/bin/sh",
        // A third off the time the SDK takes to load.
        `test -n "$NODE_COMPILE_CACHE" || export NODE_COMPILE_CACHE=${quote(compiled)}`,
        `exec ${quote(process.execPath)} ${quote(path)} "$@"`,
    ];
    await writeFile(file, `${script.join("\n")}\n`);
    await chmod(file, 0o755);
}

/**
 * These plugins can be built from no Go module that is served: where nothing is downloaded, a
 * program stands in for each.
 */
async function placeStandIns(plugins: string, compiled: string): Promise<void> {
    const { "@pulumi/aws": aws, "@pulumiverse/grafana": grafana } = packageJson.dependencies;
    for (const [name, version] of Object.entries({ aws, grafana })) {
        const directory = join(plugins, `resource-${name}-v${version}`);
        await mkdir(directory, { recursive: true });
        const file = join(directory, PREFIX + name);
        await writeNodeProgram(file, `${name}Plugin.ts`, compiled);
    }
}

/** A directory of links: the engine passes over a plugin directory that is itself a link. */
async function placePlugin(tool: Tool, plugins: string): Promise<void> {
    const plugin = tool.name.slice(PREFIX.length);
    const directory = join(plugins, `resource-${plugin}-v${tool.version}`);
    await mkdir(directory, { recursive: true });
    await symlink(tool.path, join(directory, tool.name));
    const schema = join(dirname(tool.path), "schema.json");
    if (await exists(schema)) await symlink(schema, join(directory, "schema.json"));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
    // On another file system
    await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}
