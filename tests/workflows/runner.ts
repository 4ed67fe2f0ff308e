import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { PROJECT } from "../../sandbox/sandbox.ts";
import { cacheDirectory } from "../../sandbox/toolchain/toolchain.ts";
import { quote } from "../../text/quote.ts";

/** What of the machine's environment a runner has; its home is its own. */
const INHERITED = ["npm_config_registry", "HTTPS_PROXY", "NO_PROXY"];

/** What a runner is. */
export interface Runner {
    /** Its home, which is made. */
    readonly home: string;
    /** Programs that come before those of the machine. */
    readonly bin: string;
    /** The environment of the sandbox's engine, of which it gets what is nobody's key. */
    readonly engine: Readonly<Record<string, string>>;
    /** How many days later than it is its Node programs live. */
    readonly daysLater: number;
}

/** The environment of a runner that somebody set up: engine and plugins are there. */
export async function prepareRunner(runner: Runner): Promise<Readonly<Record<string, string>>> {
    const { home, bin, engine, daysLater } = runner;
    await mkdir(home);
    await writeNpm(bin);
    const { stdout: cache } = await execa("npm", ["config", "get", "cache"]);
    const kept = Object.entries(engine).filter(
        ([name]) => /^PULUMI_(HOME|SKIP|IGNORE|DISABLE)/.test(name) || name === "GITHUB_BASE_URL",
    );
    const inherited = INHERITED.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value] as const];
    });
    // npm puts the programs of this clone first; a runner has none.
    const machine = (process.env["PATH"] ?? "")
        .split(delimiter)
        .filter((directory) => !directory.includes("node_modules"));
    const later = fileURLToPath(new URL("later.mjs", import.meta.url));
    return {
        ...Object.fromEntries([...inherited, ...kept]),
        PATH: [bin, ...machine].join(delimiter),
        HOME: home,
        XDG_CACHE_HOME: dirname(cacheDirectory()),
        NODES: join(PROJECT, "node_modules", "node", "bin", "node"),
        npm_config_cache: cache,
        npm_config_prefer_offline: "true",
        NO_COLOR: "1",
        ...(daysLater > 0 && {
            DAYS_LATER: String(daysLater),
            NODE_OPTIONS: `--import=${later}`,
        }),
    };
}

/** An `npm` that installs once, and copies what it installed from then on. */
async function writeNpm(bin: string): Promise<void> {
    const file = join(bin, "npm");
    if (existsSync(file)) return;
    const { stdout: path } = await execa("which", ["npm"]);
    await writeFile(
        file,
        `#!/bin/sh
case "$*" in
    "ci --omit=dev"*) kept=${quote(join(bin, "product"))} ;;
    "ci "*) kept=${quote(join(bin, "all"))} ;;
    *) exec ${quote(path)} "$@" ;;
esac
if [ -d "$kept" ]; then exec cp -al "$kept" node_modules; fi
${quote(path)} "$@" && cp -al node_modules "$kept"
`,
        { mode: 0o755 },
    );
}
