import { execa } from "execa";
import { join } from "node:path";
import { build, findGo, type Go, ingredients, requireGo } from "./build.ts";
import {
    cacheDirectory,
    digest,
    exclusively,
    exists,
    type LockOptions,
    makeOnce,
} from "./cache.ts";
import { type GoCaches, goCaches } from "./goCaches.ts";
import { NotServed, unpackRelease } from "./official.ts";
import { findOnPath } from "./path.ts";
import { type Job, runJobs } from "../../commands/progress.ts";
import type { Platform, Recipe, Release, Tool } from "./recipe.ts";

/** How tools are provided; the defaults are the user's own. */
export interface ProvideOptions {
    /** Defaults to {@link cacheDirectory}. */
    readonly cache?: string;
    /** Where to look for tools and for Go. Defaults to the PATH of this process. */
    readonly path?: string;
    /** Where progress is shown. Defaults to standard error. */
    readonly output?: NodeJS.WriteStream;
    /** See {@link LockOptions}. */
    readonly staleAfter?: number;
}

interface Workshop {
    readonly recipes: Readonly<Record<string, Recipe>>;
    readonly cache: string;
    readonly path: string;
    readonly platform: Platform;
    readonly go: Go | undefined;
    readonly goCaches: GoCaches;
    readonly staleAfter: number | undefined;
    readonly tools: Record<string, Tool>;
}

/** The making of one tool, under way. */
interface Making {
    readonly recipe: Recipe;
    readonly shop: Workshop;
    readonly lock: LockOptions;
    readonly report: (state: string) => void;
}

/**
 * Provides the named tools of a table of recipes, and shows progress while any has to be made.
 *
 * Each comes from the PATH if it is the wanted version there, else from the cache, else from its
 * publisher, checked against the published digest, else it is built from its Go module. May run in
 * several processes at once.
 *
 * @throws {Error} one line that says which tool cannot be had, why, and what to do.
 */
export async function provide(
    recipes: Readonly<Record<string, Recipe>>,
    names: readonly string[],
    options: ProvideOptions = {},
): Promise<Record<string, Tool>> {
    const path = options.path ?? process.env.PATH ?? "";
    const cache = options.cache ?? cacheDirectory();
    const go = await findGo(path);
    const shop: Workshop = {
        recipes,
        cache,
        path,
        platform: thisPlatform(),
        go,
        goCaches: goCaches(go, cache),
        staleAfter: options.staleAfter,
        tools: {},
    };
    const wanted = withEngine(recipes, names);
    const found = await Promise.all(wanted.map((recipe) => find(recipe, shop)));
    for (const tool of found) if (tool !== undefined) shop.tools[tool.name] = tool;
    const missing = wanted.filter(({ name }) => shop.tools[name] === undefined);
    await make(missing, shop, options.output ?? process.stderr);
    return shop.tools;
}

/**
 * Makes what is missing. What builds left is removed when all is made; until then the next run goes
 * on with it.
 */
async function make(
    missing: readonly Recipe[],
    shop: Workshop,
    output: NodeJS.WriteStream,
): Promise<void> {
    try {
        await runJobs(
            missing.map((recipe) => job(recipe, shop)),
            output,
        );
        const removal = {
            title: "removing the Go caches made for this",
            run: () => shop.goCaches.remove(),
        };
        if (await shop.goCaches.leftover()) await runJobs([removal], output);
    } finally {
        await shop.goCaches.close();
    }
}

/** The recipes of these names, and before them that of the engine where one of them needs it. */
function withEngine(
    recipes: Readonly<Record<string, Recipe>>,
    names: readonly string[],
): readonly Recipe[] {
    const wanted = new Set(names);
    const plugins = [...wanted].some((name) => recipes[name]?.plugin !== undefined);
    const ordered = plugins ? new Set(["pulumi", ...wanted]) : wanted;
    return [...ordered].map((name) => {
        const recipe = recipes[name];
        if (recipe === undefined) throw new Error(`there is no recipe for ${name}`);
        return recipe;
    });
}

/** The machine this runs on; throws where the tools do not run. */
function thisPlatform(): Platform {
    const { platform, arch } = process;
    if (platform !== "linux" && platform !== "darwin") {
        throw new Error(`the sandbox runs on Linux and macOS, not on ${platform}`);
    }
    return { os: platform, arch: arch === "x64" ? "amd64" : arch };
}

async function find(recipe: Recipe, shop: Workshop): Promise<Tool | undefined> {
    const onPath = await findOnPath(recipe, shop.path);
    if (onPath !== undefined) return onPath;
    const release = recipe.release?.(shop.platform);
    const cached: [Tool["source"], string | undefined][] = [
        ["official", release && (await releaseDirectory(release, shop))],
        ["official", recipe.plugin && pluginDirectory(recipe, shop)],
        ["built", shop.go && (await buildDirectory(recipe, shop.go, shop))],
    ];
    for (const [source, directory] of cached) {
        if (directory && (await exists(join(directory, recipe.name)))) {
            return tool(recipe, directory, source);
        }
    }
    return undefined;
}

function job(recipe: Recipe, shop: Workshop): Job {
    return {
        title: `${recipe.name} ${recipe.version}`,
        run: async (report) => {
            const lock: LockOptions = {
                waiting: () => {
                    report("waiting for another run that is making it");
                },
                ...(shop.staleAfter && { staleAfter: shop.staleAfter }),
            };
            const making: Making = { recipe, shop, lock, report };
            shop.tools[recipe.name] =
                (await fromRelease(making)) ??
                (await fromEngine(making)) ??
                (await fromSource(making));
        },
    };
}

async function fromRelease({ recipe, shop, lock, report }: Making): Promise<Tool | undefined> {
    const release = recipe.release?.(shop.platform);
    if (release === undefined) return undefined;
    const directory = await releaseDirectory(release, shop);
    const downloads = join(shop.cache, "downloads");
    const make = (into: string): Promise<void> =>
        unpackRelease(release, recipe.name, { into, downloads }, report);
    try {
        await makeOnce(directory, make, lock);
    } catch (error) {
        if (error instanceof NotServed) return undefined;
        throw error;
    }
    if (await exists(join(directory, recipe.name))) return tool(recipe, directory, "official");
    throw new Error(`${release.url} does not hold ${recipe.name}: correct its recipe`);
}

/**
 * An official engine installs official plugins, into a directory of the cache that all sandboxes
 * share.
 */
async function fromEngine({ recipe, shop, lock, report }: Making): Promise<Tool | undefined> {
    const engine = shop.tools.pulumi;
    if (recipe.plugin === undefined || engine === undefined || engine.source === "built") {
        return undefined;
    }
    const { plugin, version } = recipe;
    const directory = pluginDirectory(recipe, shop);
    await exclusively(
        // The engine itself locks the plugin's directory, by a file of the same form
        engineHome(shop.cache),
        async () => {
            report("installing with pulumi");
            await execa(engine.path, ["plugin", "install", "resource", plugin, version], {
                reject: false,
                stdin: "ignore",
                env: { PULUMI_HOME: engineHome(shop.cache), PULUMI_SKIP_UPDATE_CHECK: "true" },
            });
        },
        lock,
    );
    const installed = await exists(join(directory, recipe.name));
    return installed ? tool(recipe, directory, "official") : undefined;
}

async function fromSource({ recipe, shop, lock, report }: Making): Promise<Tool> {
    const logs = join(shop.cache, "logs");
    const go = await requireGo(recipe, shop.go);
    const caches = await shop.goCaches.environment(lock);
    const directory = await buildDirectory(recipe, go, shop);
    const make = (into: string): Promise<void> => {
        report(`building from source, usually ${recipe.usually}`);
        return build(recipe, go, { into, logs }, caches);
    };
    await makeOnce(directory, make, lock);
    return tool(recipe, directory, "built");
}

/** Tools of one archive share its entry. */
async function releaseDirectory(release: Release, { cache }: Workshop): Promise<string> {
    return join(cache, `official-${await digest(release)}`);
}

/**
 * Tools of one module share its entry, one directory each: every provider wants a schema.json of
 * its own.
 */
async function buildDirectory(recipe: Recipe, go: Go, shop: Workshop): Promise<string> {
    const { module } = recipe.build;
    const builds = Object.values(shop.recipes).map(({ build }) => build);
    const together = builds.filter((build) => build.module === module);
    const key = await digest([shop.platform, ingredients(together, go)], module);
    return join(shop.cache, `built-${key}`, recipe.name);
}

function pluginDirectory({ plugin = "", version }: Recipe, { cache }: Workshop): string {
    return join(engineHome(cache), "plugins", `resource-${plugin}-v${version}`);
}

/** Where an official engine keeps the plugins it downloads, in a cache. */
export function engineHome(cache: string): string {
    return join(cache, "pulumi-home");
}

function tool(recipe: Recipe, directory: string, source: Tool["source"]): Tool {
    const { name, version } = recipe;
    return { name, path: join(directory, name), version, source };
}
