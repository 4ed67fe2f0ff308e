import { lstat, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Files } from "../../kinds/receiverKind.ts";
import { parseRecord, renderRecord, type RotationRecord } from "../../rotation/record.ts";
import { type Access, removeBegun, writeFiles } from "../recover/writeFiles.ts";

/** What a host holds. */
export interface Held {
    /** What it pushes with, by the name of the file. Secret. */
    readonly files: Files;
    /** Of the rotation it took that from; undefined where it took none. */
    readonly record: RotationRecord | undefined;
}

/** The record is kept beside: it says which generation is held, and which revision was the last. */
const RECORD = "rotation.json";

/** The files that a host holds of those named. Throws a one-line error where one is no plain file. */
export async function readHeld(directory: string, names: readonly string[]): Promise<Held> {
    const texts: Record<string, string> = {};
    for (const name of [...names, RECORD]) {
        const path = join(directory, name);
        if (await accessOf(path)) texts[name] = await readFile(path, "utf8");
    }
    const { [RECORD]: record, ...files } = texts;
    return { files, record: record === undefined ? undefined : parseRecord(record) };
}

/**
 * Replaces what a host holds, each file at once and as readable as it was. The record comes last: a
 * run that is killed before it is made up for by the next.
 */
export async function replaceHeld(
    directory: string,
    { files, record }: Held & { readonly record: RotationRecord },
): Promise<void> {
    await removeBegun(directory);
    const texts = Object.entries({ ...files, [RECORD]: renderRecord(record) }).map(
        ([name, text]) => [join(directory, name), text] as const,
    );
    const access = new Map<string, Access>();
    for (const [path] of texts) {
        const found = await accessOf(path);
        if (found) access.set(path, found);
    }
    await writeFiles(Object.fromEntries(texts), true, (path) => access.get(path) ?? PRIVATE);
}

const PRIVATE: Access = { mode: 0o600 };

/** Whose a file is, and who may read it; undefined where there is none. */
async function accessOf(path: string): Promise<Access | undefined> {
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) return undefined;
    if (!found.isFile()) {
        const what = found.isSymbolicLink() ? "a symbolic link" : "no file";
        throw new Error(
            `${path} is ${what}: give the directory that ${basename(path)} itself is in`,
        );
    }
    const isOurs = found.uid === process.getuid?.() && found.gid === process.getgid?.();
    const { uid, gid } = found;
    return { mode: found.mode & 0o777, ...(!isOurs && { owner: { uid, gid } }) };
}
