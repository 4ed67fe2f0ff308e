import { execa } from "execa";
import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { exists } from "./cache.ts";
import type { Recipe, Tool } from "./recipe.ts";

const ANSWER_MILLISECONDS = 10_000; // a cold start of pulumi takes two seconds on a slow disk

/**
 * The executables of this name on a PATH, first to last, each once; none that npm packages put
 * there.
 */
export async function executables(name: string, path: string): Promise<string[]> {
    const found = new Set<string>();
    for (const directory of path.split(delimiter)) {
        // npm scripts put node_modules/.bin first, where `pulumi` is a downloader and not the
        // engine.
        if (directory === "" || /node_modules[\\/]\.bin[\\/]?$/.test(directory)) continue;
        const file = join(directory, name);
        const runs = await access(file, constants.X_OK).then(
            () => true,
            () => false,
        );
        if (runs) found.add(await realpath(file));
    }
    return [...found];
}

/** The tool of a recipe as found on the PATH, if it says it is a version the recipe accepts. */
export async function findOnPath(recipe: Recipe, path: string): Promise<Tool | undefined> {
    if (recipe.onPath === undefined) return undefined;
    const { ask, accept, beside = [] } = recipe.onPath;
    for (const file of await executables(recipe.name, path)) {
        const complete = await Promise.all(beside.map((name) => exists(join(dirname(file), name))));
        if (complete.includes(false)) continue;
        const answer = await execa(file, ask, {
            reject: false,
            timeout: ANSWER_MILLISECONDS,
            stdin: "ignore",
            env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
        });
        // etcd and some builds of age answer on standard error.
        const version = answer.failed ? undefined : accept(`${answer.stdout}\n${answer.stderr}`);
        if (version !== undefined)
            return { name: recipe.name, path: file, version, source: "path" };
    }
    return undefined;
}
