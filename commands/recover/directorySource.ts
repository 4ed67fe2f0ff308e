import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MirrorSource } from "./mirrorSource.ts";

/**
 * A directory with the files of a mirror, such as an unpacked archive of one: it has no history.
 */
export function directorySource(directory: string): MirrorSource {
    return {
        name: directory,
        files: async () => {
            const entries = await readdir(directory, { withFileTypes: true });
            return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
        },
        versions: async (path) => {
            const text = await readFile(join(directory, path), "utf8");
            return [{ commit: undefined, at: undefined, message: "", text }];
        },
        close: () => Promise.resolve(),
    };
}
