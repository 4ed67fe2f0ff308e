import { existsSync, rmSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { directorySource } from "./directorySource.ts";
import { copyRepository, findRepository, type FoundRepository } from "./gitCopy.ts";
import { messageOf } from "../../text/messageOf.ts";
import { isoTime, type MirrorSource, type Version } from "./mirrorSource.ts";

const SEPARATOR = "\0";

/** What ssh says before git, which only knows that it could not read (OpenSSH 9). */
const SSH_REFUSED = /^Host key verification failed|: Permission denied \(/;

/** `user@host:path`, which ssh is meant by. */
const SCP_LIKE = /^(?:[^/:@]+@)?[^/:@]+:(?!\/\/)/;

/**
 * A mirror in a Git repository: a directory on this machine, whose objects are copied, or one that
 * `git` clones, by https or ssh, with the user's own credentials. Either is read in a directory of
 * its own that `close` removes: nothing that the repository itself configures is obeyed, and
 * nothing it has not got is fetched.
 *
 * A directory that is no repository is read as it is. Certificates and host keys are verified,
 * whatever the user's configuration says. Throws a one-line error when `git` fails.
 */
export async function openRepository(repository: string, branch?: string): Promise<MirrorSource> {
    if (branch?.startsWith("-")) throw new Error(`--branch must be a branch, got "${branch}"`);
    const found = await stat(repository).catch(() => undefined);
    if (found?.isDirectory()) {
        const source = await copy(repository, branch);
        if (source !== undefined) return source;
        if (branch === undefined) return directorySource(repository);
        throw new Error(`${repository} is no Git repository, so it has no branch ${branch}`);
    }
    if (found !== undefined)
        throw new Error(`${repository} is a file: give the directory it is in`);
    requireUrl(repository);
    return clone(repository, branch);
}

/** Undefined for a directory that no repository has anything of. */
async function copy(
    directory: string,
    branch: string | undefined,
): Promise<MirrorSource | undefined> {
    const found = await findRepository(directory);
    if (found === undefined) return undefined;
    const source = await inOwnDirectory(async (copied) => {
        await copyRepository(found.gitDirectory, copied);
        return gitSource(directory, { ...found, gitDirectory: copied }, branch);
    });
    // A directory within a work tree that has nothing of it in Git is no clone of a mirror.
    if (found.prefix === "" || (await source.files().catch(() => [])).length > 0) return source;
    await source.close();
    return undefined;
}

function requireUrl(text: string): void {
    if (SCP_LIKE.test(text) && !text.startsWith("-")) return;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined) {
        throw new Error(`there is no directory ${text}: give a clone, or an https or ssh URL`);
    }
    if (url.password !== "" || (url.protocol === "https:" && url.username !== "")) {
        // Arguments are for all to read.
        throw new Error("the URL holds a credential: leave it out, git asks its credential helper");
    }
    if (!["https:", "ssh:"].includes(url.protocol)) {
        throw new Error(`${text} must be an https or ssh URL, got ${url.protocol}//`);
    }
}

async function clone(url: string, branch: string | undefined): Promise<MirrorSource> {
    return inOwnDirectory(async (directory) => {
        const wanted = branch === undefined ? [] : ["--branch", branch];
        const how = ["--quiet", "--bare", "--single-branch", "--no-tags", "--template="];
        await git(["clone", ...how, ...wanted, "--", url, directory], `git cannot clone ${url}`, {
            ...{ ...process.env, ...(await verifying(url)) },
            GIT_ALLOW_PROTOCOL: "https:ssh",
        });
        return gitSource(url, { gitDirectory: directory, prefix: "" }, undefined);
    });
}

/** A source in a directory that is gone when it is closed, or somebody ends the process. */
async function inOwnDirectory(
    open: (directory: string) => Promise<MirrorSource>,
): Promise<MirrorSource> {
    const directory = await mkdtemp(join(tmpdir(), "mirror-")); // mode 0700
    const forget = removeWhenKilled(directory);
    const close = async () => {
        await rm(directory, REMOVAL);
        forget();
    };
    try {
        return { ...(await open(directory)), close };
    } catch (error) {
        await close();
        throw error;
    }
}

// Git may be writing still when it is killed.
const REMOVAL = { recursive: true, force: true, maxRetries: 5 } as const;

/**
 * Removes a directory when somebody ends this process, by Ctrl-C say. Returns what gives that up.
 */
function removeWhenKilled(directory: string): () => void {
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const remove = (signal: NodeJS.Signals) => {
        // Git removes what it wrote at the same time, and where that hinders node (24), it gives up
        // without a word.
        for (let left = 100; left > 0 && existsSync(directory); left--) rmSync(directory, REMOVAL);
        forget();
        process.kill(process.pid, signal); // now as if nobody had listened
    };
    const forget = () => {
        for (const signal of signals) process.removeListener(signal, remove);
    };
    for (const signal of signals) process.on(signal, remove);
    return forget;
}

/**
 * Settings of the environment come after all configuration files; the longest URL wins among those
 * for one host.
 */
async function verifying(url: string): Promise<Record<string, string | undefined>> {
    const configured = await execa("git", ["config", "core.sshCommand"], { reject: false });
    const { GIT_SSH_COMMAND, GIT_SSH = "ssh" } = process.env;
    const fromFile = configured.exitCode === 0 ? configured.stdout.trim() : "";
    const ssh = GIT_SSH_COMMAND ?? (fromFile || GIT_SSH);
    return {
        GIT_SSL_NO_VERIFY: undefined,
        GIT_CONFIG_COUNT: "2",
        GIT_CONFIG_KEY_0: "http.sslVerify",
        GIT_CONFIG_VALUE_0: "true",
        GIT_CONFIG_KEY_1: `http.${url}.sslVerify`,
        GIT_CONFIG_VALUE_1: "true",
        // ssh takes the first of two settings.
        GIT_SSH_COMMAND: ssh.replace(/^\S+/, "$& -o StrictHostKeyChecking=yes"),
    };
}

/**
 * Reads a repository of our own: its configuration is ours or what `git clone` wrote, and the
 * user's and the machine's are not read.
 */
function gitSource(
    name: string,
    { gitDirectory, prefix }: FoundRepository,
    branch: string | undefined,
): MirrorSource {
    const commit = branch ?? "HEAD";
    const environment = readingOnly(gitDirectory);
    const ask = (...args: readonly string[]) =>
        git(args, `git cannot read ${name}`, environment).catch((error: unknown) => {
            throw INCOMPLETE.test(messageOf(error)) ? incomplete(name, error) : error;
        });
    return {
        name,
        files: async () => {
            const tree = prefix === "" ? commit : `${commit}:${prefix.slice(0, -1)}`;
            const listed = await ask("ls-tree", "-r", "-z", "--name-only", tree);
            return listed.split(SEPARATOR).filter(Boolean);
        },
        versions: async (path) => {
            const format = "--format=%H%x00%cI%x00%an%x00%s";
            const log = ["log", "--no-show-signature", "--no-renames", "--diff-filter=AMT", format];
            const lines = await ask(...log, commit, "--", prefix + path);
            const versions: Version[] = [];
            for (const line of lines.split("\n").filter(Boolean)) {
                const [sha = "", at = "", author = "", message = ""] = line.split(SEPARATOR);
                const text = await ask("cat-file", "blob", `${sha}:${prefix}${path}`);
                versions.push({ commit: sha, at: isoTime(at), message, author, text });
            }
            return versions;
        },
        close: () => Promise.resolve(),
    };
}

/** What git 2.39 to 2.51 says of an object that is not there. */
const INCOMPLETE =
    /\b(bad file|bad object|not a tree object|unable to read|could not (read|get|parse)|missing)\b/i;

function incomplete(name: string, cause: unknown): Error {
    return new Error(
        `${name} lacks objects, as a partial clone does, or one that borrows from another (alternates), and ` +
            "nothing is fetched: give a whole clone, or the URL",
        { cause },
    );
}

/** The environment in which git reads one repository, and starts and fetches nothing. */
function readingOnly(gitDirectory: string): Record<string, string | undefined> {
    return {
        PATH: process.env.PATH,
        HOME: gitDirectory,
        GIT_DIR: gitDirectory,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_ATTR_NOSYSTEM: "1",
        GIT_ALLOW_PROTOCOL: "", // none
        GIT_NO_LAZY_FETCH: "1", // known to git 2.45 and newer
        GIT_NO_REPLACE_OBJECTS: "1",
        GIT_LITERAL_PATHSPECS: "1", // a file may be called *
        GIT_OPTIONAL_LOCKS: "0",
    };
}

async function git(
    args: readonly string[],
    failure: string,
    environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
    const result = await execa("git", args, {
        env: { ...environment, LC_ALL: "C" },
        extendEnv: false,
        reject: false,
        stdin: "ignore", // it asks at the terminal itself; standard input may hold the identity
        stripFinalNewline: false,
    });
    if (result.exitCode === 0) return result.stdout;
    if (result.code === "ENOENT") throw new Error(`${failure}: git is not installed`);
    const lines = result.stderr.split(/\r?\n/).filter(Boolean); // ssh ends its own with both
    const told =
        lines.find((line) => SSH_REFUSED.test(line)) ??
        lines.find((line) => line.startsWith("fatal: ")) ??
        lines.at(-1) ??
        "it failed";
    throw new Error(`${failure}: ${told.replace(/^fatal: /, "")}`);
}
