import { existsSync, rmSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { directorySource } from "./directorySource.ts";
import type { MirrorSource, Version } from "./mirrorSource.ts";

const SEPARATOR = "\0";

/** What ssh says before git, which only knows that it could not read (OpenSSH 9). */
const SSH_REFUSED = /^Host key verification failed|: Permission denied \(/;

/** `user@host:path`, which ssh is meant by. */
const SCP_LIKE = /^(?:[^/:@]+@)?[^/:@]+:(?!\/\/)/;

/**
 * A mirror in a Git repository: a directory on this machine, or one that `git` clones, by https or
 * ssh, with the user's own credentials, into a directory of its own that `close` removes.
 *
 * A directory that is no repository is read as it is. Certificates and host keys are verified,
 * whatever the user's configuration says. Throws a one-line error when `git` fails.
 */
export async function openRepository(repository: string, branch?: string): Promise<MirrorSource> {
    if (branch?.startsWith("-")) throw new Error(`--branch must be a branch, got "${branch}"`);
    const found = await stat(repository).catch(() => undefined);
    if (found?.isDirectory()) {
        const source = gitSource(repository, repository, branch);
        if (await holdsRepository(repository)) return source;
        if (branch === undefined) return directorySource(repository);
        throw new Error(`${repository} is no Git repository, so it has no branch ${branch}`);
    }
    if (found !== undefined)
        throw new Error(`${repository} is a file: give the directory it is in`);
    requireUrl(repository);
    return clone(repository, branch);
}

/** A directory within a work tree that has nothing of it in Git is no clone of a mirror. */
async function holdsRepository(directory: string): Promise<boolean> {
    const { exitCode } = await execa("git", ["-C", directory, "rev-parse", "--git-dir"], {
        reject: false,
        stdin: "ignore",
    });
    if (exitCode !== 0) return false;
    const listed = await execa("git", ["-C", directory, "ls-tree", "--name-only", "HEAD"], {
        reject: false,
        stdin: "ignore",
    });
    return listed.exitCode !== 0 || listed.stdout !== "";
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
    const directory = await mkdtemp(join(tmpdir(), "mirror-")); // mode 0700
    const forget = removeWhenKilled(directory);
    const close = async () => {
        await rm(directory, REMOVAL);
        forget();
    };
    try {
        const wanted = branch === undefined ? [] : ["--branch", branch];
        const how = ["--quiet", "--bare", "--single-branch", "--no-tags", "--template="];
        await git(["clone", ...how, ...wanted, "--", url, directory], `git cannot clone ${url}`, {
            ...(await verifying(url)),
            GIT_ALLOW_PROTOCOL: "https:ssh",
        });
        return { ...gitSource(url, directory, undefined), close };
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

function gitSource(name: string, directory: string, branch: string | undefined): MirrorSource {
    const commit = branch ?? "HEAD";
    const ask = (...args: readonly string[]) =>
        git(["-C", directory, ...args], `git cannot read ${name}`, {});
    return {
        name,
        files: async () => {
            const listed = await ask("ls-tree", "-r", "-z", "--name-only", commit);
            return listed.split(SEPARATOR).filter(Boolean);
        },
        versions: async (path) => {
            const format = "--format=%H%x00%cI%x00%s";
            const log = ["log", "--no-show-signature", "--no-renames", "--diff-filter=AMT", format];
            const lines = (await ask(...log, commit, "--", path)).split("\n").filter(Boolean);
            // Of a directory within it
            const prefix = (await ask("rev-parse", "--show-prefix")).trim();
            const versions: Version[] = [];
            for (const line of lines) {
                const [sha = "", at = "", message = ""] = line.split(SEPARATOR);
                const text = await ask("cat-file", "blob", `${sha}:${prefix}${path}`);
                versions.push({ commit: sha, at: new Date(at).toISOString(), message, text });
            }
            return versions;
        },
        close: () => Promise.resolve(),
    };
}

async function git(
    args: readonly string[],
    failure: string,
    environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
    const result = await execa("git", args, {
        env: { ...environment, LC_ALL: "C" },
        reject: false,
        stdin: "ignore", // it asks at the terminal itself; standard input may hold the identity
        stripFinalNewline: false,
    });
    if (result.exitCode === 0) return result.stdout;
    if (result.code === "ENOENT") throw new Error(`${failure}: git is not installed`);
    const lines = result.stderr.split("\n").filter(Boolean);
    const told =
        lines.find((line) => SSH_REFUSED.test(line)) ??
        lines.find((line) => line.startsWith("fatal: ")) ??
        lines.at(-1) ??
        "it failed";
    throw new Error(`${failure}: ${told.replace(/^fatal: /, "")}`);
}
