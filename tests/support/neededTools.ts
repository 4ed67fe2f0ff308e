import { readFileSync } from "node:fs";
import { RUNNING_TOOLS, TERMINAL_TOOLS, type ToolName } from "../../sandbox/toolchain/toolchain.ts";

/**
 * The tools that test files run: those of a sandbox where one of them needs an engine, and those a
 * file asks for by name, as `provideTools(["sops"])`.
 */
export function neededTools(files: readonly string[]): readonly ToolName[] {
    const engine = files.filter((file) => file.includes(".engine."));
    if (engine.length === 0) return [];
    const named = engine.flatMap((file) =>
        [...readFileSync(file, "utf8").matchAll(/provideTools\(\[([^\]]*)\]/g)].flatMap(
            ([, list = ""]) => [...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name as ToolName),
        ),
    );
    return [...new Set([...RUNNING_TOOLS, ...TERMINAL_TOOLS, ...named])];
}
