import { provide, type ProvideOptions } from "./provide.ts";
import type { Tool } from "./recipe.ts";
import { RECIPES, type ToolName } from "./allRecipes.ts";

export { cacheDirectory } from "./cache.ts";
export type { ProvideOptions } from "./provide.ts";
export type { Tool } from "./recipe.ts";
export type { ToolName } from "./allRecipes.ts";

/** What runs in the sandbox. Tests have tools beside these, and beside those of a terminal. */
export const RUNNING_TOOLS = [
    "pulumi",
    "kube-apiserver",
    "etcd",
    "prometheus",
    "vmauth",
    "pulumi-resource-kubernetes",
    "pulumi-resource-random",
    "pulumi-resource-github",
] as const satisfies readonly ToolName[];

/** What people at a running sandbox have in their terminal. */
export const TERMINAL_TOOLS = [
    "kubectl",
    "promtool",
    "age",
    "age-keygen",
] as const satisfies readonly ToolName[];

/** What only the matrix of kinds runs: they take long to build, so no test asks for them. */
export const MATRIX_TOOLS = ["otelcol", "alloy", "traefik"] as const satisfies readonly ToolName[];

/** What only the run of the workflows asks for. */
export const WORKFLOW_TOOLS = ["act"] as const satisfies readonly ToolName[];

export type RunningTool = (typeof RUNNING_TOOLS)[number];
export type TerminalTool = (typeof TERMINAL_TOOLS)[number];

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
