import { randomInt } from "node:crypto";
import {
    lstat,
    mkdir,
    readdir,
    readFile,
    readlink,
    rename,
    rm,
    symlink,
    writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../parts/words.ts";

const DATA = "..data";

/**
 * Makes a directory show exactly these files, the way a kubelet fills a volume (`AtomicWriter`,
 * kubernetes/pkg/volume/util/atomic_writer.go): each name links into `..data`, which links to a
 * directory of its own for each version and is replaced by renaming over it. A reader sees all of
 * one version or all of another.
 *
 * Does nothing when the files are as they should be. Files get mode 0400, directories 0700.
 */
export async function writeAtomically(
    directory: string,
    files: ReadonlyMap<string, Buffer>,
): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const former = await readlink(join(directory, DATA)).catch(ifMissing(undefined));
    if (former !== undefined && (await holds(join(directory, former), files))) return;
    const version = versionName();
    await mkdir(join(directory, version), { mode: 0o700 });
    for (const [name, content] of files) {
        await writeFile(join(directory, version, name), content, { mode: 0o400 });
    }
    const next = join(directory, `${DATA}_tmp`);
    await rm(next, { force: true }); // left by one that was killed here
    await symlink(version, next);
    await rename(next, join(directory, DATA));
    await linkNames(directory, files);
    if (former !== undefined) await rm(join(directory, former), { recursive: true });
}

/**
 * New names appear after the new version is in place, names that are gone disappear after it too:
 * never dangling.
 */
async function linkNames(directory: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
    for (const name of files.keys()) {
        const path = join(directory, name);
        const present = await lstat(path).catch(ifMissing(undefined));
        if (!present) await symlink(join(DATA, name), path);
    }
    for (const name of await readdir(directory)) {
        if (!name.startsWith("..") && !files.has(name)) await rm(join(directory, name));
    }
}

async function holds(directory: string, files: ReadonlyMap<string, Buffer>): Promise<boolean> {
    const names = await readdir(directory);
    if (names.length !== files.size) return false;
    for (const name of names) {
        const expected = files.get(name);
        if (!expected?.equals(await readFile(join(directory, name)))) return false;
    }
    return true;
}

/** As a kubelet names them: `..2026_11_21_08_05_33.1234567890`, in UTC. */
function versionName(): string {
    const seconds = new Date().toISOString().slice(0, 19).replaceAll(/[-:T]/g, "_");
    return `..${seconds}.${randomInt(1e9, 1e10)}`;
}

function ifMissing<T>(value: T): (error: unknown) => T {
    return (error) => {
        if (codeOf(error) !== "ENOENT") throw error;
        return value;
    };
}
