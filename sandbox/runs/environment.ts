import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PROJECT, type Sandbox } from "../sandbox.ts";

/**
 * Writes the file to `source` in another terminal, after which `npx pulumi`, `kubectl`, `promtool`,
 * `age` and `curl` work against the running parts; returns its path. It names files that hold
 * secrets and the emulated GitHub's token.
 */
export async function writeEnvironment({
    directory,
    engine,
    fleet,
    tools,
    identity,
}: Sandbox): Promise<string> {
    const file = join(directory, "env");
    const variables = {
        ...engine.environment,
        AGE_IDENTITY: identity,
        RECEIVER_URL: fleet.receiverUrl,
        STORE_URL: fleet.store.url,
    };
    const directories = new Set(
        [tools.kubectl, tools.promtool, tools.age].map(({ path }) => dirname(path)),
    );
    const path = [join(PROJECT, "node_modules", ".bin"), ...directories].map(quote).join(":");
    const lines = Object.entries(variables).map(
        ([name, value]) => `export ${name}=${quote(value)}`,
    );
    await writeFile(file, [...lines, `export PATH=${path}:"$PATH"`, ""].join("\n"), {
        mode: 0o600,
    });
    return file;
}

/** A word the shell takes as it is. */
function quote(word: string): string {
    return `'${word.replaceAll("'", "'\\''")}'`;
}
