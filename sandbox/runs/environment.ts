import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { quote } from "../parts/words.ts";
import { PROJECT, type Sandbox } from "../sandbox.ts";
import { TERMINAL_TOOLS } from "../toolchain/toolchain.ts";

/**
 * Writes the file to `source` in another terminal, after which `npx pulumi`, `curl` and the tools
 * of a terminal work against the running parts; returns its path. It names files that hold secrets
 * and the emulated GitHub's token.
 */
export async function writeEnvironment({
    directory,
    engine,
    fleet,
    tools,
    identity,
}: Pick<Sandbox, "directory" | "engine" | "fleet" | "tools" | "identity">): Promise<string> {
    const file = join(directory, "env");
    const variables = {
        ...engine.environment,
        AGE_IDENTITY: identity,
        RECEIVER_URL: fleet.receiverUrl,
        STORE_URL: fleet.store.url,
    };
    const directories = new Set(TERMINAL_TOOLS.map((name) => dirname(tools[name].path)));
    const path = [join(PROJECT, "node_modules", ".bin"), ...directories].map(quote).join(":");
    const lines = Object.entries(variables).map(
        ([name, value]) => `export ${name}=${quote(value)}`,
    );
    await writeFile(file, [...lines, `export PATH=${path}:"$PATH"`, ""].join("\n"), {
        mode: 0o600,
    });
    return file;
}
