import { provide, type ProvideOptions } from "./provide.ts";
import type { Tool } from "./recipe.ts";
import { RECIPES, SANDBOX_RECIPES, type ToolName } from "./recipes.ts";

export { cacheDirectory } from "./cache.ts";
export type { ProvideOptions } from "./provide.ts";
export type { Tool } from "./recipe.ts";
export type { ToolName } from "./recipes.ts";

/** A tool that runs in the sandbox, or that people at it need. */
export type SandboxToolName = keyof typeof SANDBOX_RECIPES;

/** All of them. */
export const SANDBOX_TOOLS = Object.keys(SANDBOX_RECIPES) as SandboxToolName[];

/**
 * Provides tools: each from the PATH if it is the wanted version there, else from the per-user
 * cache, else from its publisher, else built from its Go module. Asking for a provider plugin
 * provides `pulumi` too.
 *
 * Prints nothing when all is there; else progress, on standard error. The first run on a machine
 * that cannot download takes about 20 minutes on two cores.
 *
 * @param names Defaults to all.
 * @throws {Error} one line that says which tool cannot be had, why, and what to do.
 */
export async function provideTools<N extends ToolName = ToolName>(
    names: readonly N[] = Object.keys(RECIPES) as N[],
    options: ProvideOptions = {},
): Promise<Record<N, Tool>> {
    return provide(RECIPES, names, options);
}
