import { randomUUID } from "node:crypto";
import { link, lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Texts by path. */
export type Files = Readonly<Record<string, string>>;

/** Who may read a file, and whose it is: whoever writes it, unless told. */
export interface Access {
    readonly mode: number;
    readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

const PRIVATE: Access = { mode: 0o600 };

/**
 * Writes files with mode 0600, or as they are told to be, in directories that are made with mode
 * 0700, all or none: what exists is refused unless `force` replaces it, and a failure leaves nothing
 * behind but directories that were there before.
 *
 * Each file appears at once with all that is in it. Throws a one-line error that names the path.
 */
export async function writeFiles(
    files: Files,
    force: boolean,
    accessOf: (path: string) => Access = () => PRIVATE,
): Promise<void> {
    const paths = Object.keys(files);
    const undo: (() => Promise<unknown>)[] = [];
    try {
        for (const path of paths) await refuseExisting(path, force);
        const staged: (readonly [temporary: string, path: string])[] = [];
        for (const [path, text] of Object.entries(files)) {
            const made = await attempt(
                path,
                mkdir(dirname(path), { recursive: true, mode: 0o700 }),
            );
            if (made !== undefined) undo.push(() => rm(made, { recursive: true, force: true }));
            const temporary = join(dirname(path), `.${randomUUID()}`);
            undo.push(() => rm(temporary, { force: true }));
            await attempt(path, writeNew(temporary, text, accessOf(path)));
            staged.push([temporary, path]);
        }
        for (const [temporary, path] of staged) {
            if (force) {
                await attempt(path, rename(temporary, path));
            } else {
                await attempt(path, link(temporary, path)); // unlike rename, it never replaces
                undo.push(() => rm(path, { force: true }));
                await rm(temporary);
            }
        }
    } catch (error) {
        for (const step of undo.reverse()) await step();
        throw error;
    }
}

/** Removes what a run that was killed had begun to write in a directory. */
export async function removeBegun(directory: string): Promise<void> {
    const names = await readdir(directory).catch(() => []);
    for (const name of names.filter((one) => BEGUN.test(one))) await rm(join(directory, name));
}

/** What files are called until they are whole. */
const BEGUN = /^\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function writeNew(path: string, text: string, { mode, owner }: Access): Promise<void> {
    const file = await open(path, "wx", mode);
    try {
        if (owner) await file.chown(owner.uid, owner.gid);
        await file.chmod(mode); // whatever the umask takes away
        await file.writeFile(text);
        await file.sync();
    } finally {
        await file.close();
    }
}

async function refuseExisting(path: string, force: boolean): Promise<void> {
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory()) throw new Error(`${path} is a directory: give the path of a file`);
    if (found !== undefined && !force)
        throw new Error(`${path} exists: give another place, or --force to replace it`);
}

async function attempt<T>(path: string, action: Promise<T>): Promise<T> {
    try {
        return await action;
    } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        const reasons: Readonly<Record<string, string>> = {
            EACCES: "no permission there",
            EPERM: "no permission there",
            EROFS: "the file system is read-only",
            ENOSPC: "the disk is full",
            EFBIG: "files may not be as large",
            ENOTDIR: "a file is in its way",
            EEXIST: "a file is in its way",
        };
        throw new Error(`${path} cannot be written: ${reasons[code] ?? code}`, { cause: error });
    }
}
