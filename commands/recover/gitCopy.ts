import { existsSync } from "node:fs";
import { copyFile, lstat, mkdir, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** Where git keeps the repository that a directory is in. */
export interface FoundRepository {
    /** `.git` of its work tree, or the bare repository itself. */
    readonly gitDirectory: string;
    /** Path of the directory within the repository, with a slash at its end; empty at its root. */
    readonly prefix: string;
}

/**
 * The repository a directory is in, as git would find it; undefined when it is in none, or in one
 * whose `.git` points elsewhere. Throws a one-line error when its own does.
 */
export async function findRepository(directory: string): Promise<FoundRepository | undefined> {
    const start = await realpath(directory);
    for (let at = start; ; at = dirname(at)) {
        const path = join(at, ".git");
        const found = await lstat(path).catch(() => undefined);
        if (found?.isDirectory() === false) {
            if (at !== start) return undefined;
            throw new Error(
                `${path} points elsewhere, which is not read: give the repository itself, or its URL`,
            );
        }
        const prefix = at === start ? "" : `${relative(at, start).replaceAll("\\", "/")}/`;
        if (found !== undefined) return { gitDirectory: path, prefix };
        if (at === start && looksBare(at)) return { gitDirectory: at, prefix: "" };
        if (at === dirname(at)) return undefined;
    }
}

function looksBare(directory: string): boolean {
    return ["HEAD", "objects", "refs"].every((name) => existsSync(join(directory, name)));
}

/** Objects, loose and packed, by their paths: SHA-1 has 40 digits, SHA-256 has 64. */
const OBJECT =
    /^(?:[0-9a-f]{2}\/(?:[0-9a-f]{38}|[0-9a-f]{62})|pack\/pack-(?:[0-9a-f]{40}|[0-9a-f]{64})\.(?:pack|idx))$/;
const ID = "[0-9a-f]{40}(?:[0-9a-f]{24})?";
// Neither refs/replace, which has git show one object for another, nor what is of no branch.
const NAME = "refs/(?:heads|tags|remotes)/[^\\s~^:?*[\\\\]+";
const HEAD = new RegExp(`^(?:ref: ${NAME}|${ID})\n?$`);
const LARGEST = 10_000_000; // bytes of a file that lists commits

/**
 * Makes a bare repository with what git reads of another one: objects, branches and tags.
 *
 * Git obeys the configuration of the repository it runs in: `core.sshCommand` of a partial clone,
 * whose missing objects it fetches, is a program, and so are a dozen other keys; alternates name
 * further directories. Of all that nothing is copied, so that a repository of anybody can be read.
 *
 * Throws a one-line error when the other one cannot be read this way.
 */
export async function copyRepository(from: string, to: string): Promise<void> {
    const head = await readSmall(join(from, "HEAD"));
    if (head === undefined || !HEAD.test(head)) {
        const tables = existsSync(join(from, "reftable"));
        const reason = tables
            ? "its branches are in a reftable: clone it with --ref-format=files, or give its URL"
            : "its HEAD names no branch";
        throw new Error(`${from} cannot be read: ${reason}`);
    }
    const objects = (await filesIn(join(from, "objects"))).filter((path) => OBJECT.test(path));
    for (const path of objects) {
        await mkdir(dirname(join(to, "objects", path)), { recursive: true });
        await copyFile(join(from, "objects", path), join(to, "objects", path));
    }
    for (const name of ["objects", "refs"]) await mkdir(join(to, name), { recursive: true });
    const isSha256 = objects.some((path) => /[0-9a-f]{62}/.test(path));
    await writeFile(join(to, "HEAD"), head);
    await writeFile(join(to, "config"), configuration(isSha256));
    await writeFile(join(to, "packed-refs"), await readReferences(from));
    await writeFile(join(to, "shallow"), await linesOf(join(from, "shallow"), ID));
}

function configuration(isSha256: boolean): string {
    const format = isSha256 ? "[extensions]\n\tobjectFormat = sha256\n" : "";
    return `[core]\n\trepositoryformatversion = ${isSha256 ? 1 : 0}\n\tbare = true\n${format}`;
}

/** Branches and tags as git packs them. One in a file of its own is newer than a packed one. */
async function readReferences(from: string): Promise<string> {
    const found = new Map<string, string>();
    const packed = await linesOf(join(from, "packed-refs"), `${ID} ${NAME}`);
    for (const line of packed.split("\n").filter(Boolean)) {
        const [id = "", name = ""] = line.split(" ");
        found.set(name, id);
    }
    for (const path of await filesIn(join(from, "refs"))) {
        const [name, id] = [`refs/${path}`, await readSmall(join(from, "refs", path))];
        const known = id !== undefined && new RegExp(`^${ID}\n?$`).test(id);
        if (known && new RegExp(`^${NAME}$`).test(name)) found.set(name, id.trim());
    }
    return [...found].map(([name, id]) => `${id} ${name}\n`).join("");
}

/** The lines of a file that are of a form; empty when there is no file. */
async function linesOf(path: string, form: string): Promise<string> {
    const expression = new RegExp(`^${form}$`);
    const lines = ((await readSmall(path)) ?? "").split("\n");
    return lines
        .filter((line) => expression.test(line))
        .map((line) => `${line}\n`)
        .join("");
}

/** Undefined for what is no file: a symbolic link leads elsewhere, and a pipe has no end. */
async function readSmall(path: string): Promise<string | undefined> {
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile() !== true || found.size > LARGEST) return undefined;
    return readFile(path, "utf8");
}

/** The paths of all files below a directory, with slashes; links are neither listed nor followed. */
async function filesIn(directory: string): Promise<readonly string[]> {
    const found = await lstat(directory).catch(() => undefined);
    if (found?.isDirectory() !== true) return [];
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => relative(directory, join(parentPath, name)))
        .map((path) => path.replaceAll("\\", "/"));
}
