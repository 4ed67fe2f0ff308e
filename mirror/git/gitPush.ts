import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type GitResult, runGit } from "./git.ts";
import { describeFailure } from "./gitFailure.ts";
import type { GitCredentials, GitRemote } from "../../settings/gitRemote.ts";

/** What to push where. */
export interface PushOptions {
    readonly remote: GitRemote;
    /** Without `refs/heads/`; made when it is not there. */
    readonly branch: string;
    /** Contents by path in the repository. All else there is kept. */
    readonly files: Readonly<Record<string, string>>;
    /** What the commit says. */
    readonly message: string;
    /** Who the commit is by, as `Name <address>`. */
    readonly author: string;
    readonly credentials: GitCredentials;
    /** Seconds each run of git may take. Defaults to 60. */
    readonly limitSeconds?: number;
}

const TRIES = 5;
const JITTER_MILLISECONDS = 500;
const BASE = "refs/mirror/base";

/**
 * What git says when the branch moved after it was fetched, on our side or on the host's (git 2.39
 * to 2.51).
 */
const MOVED =
    /\((fetch first|non-fast-forward|stale info|failed to update ref|cannot lock ref|incorrect old value provided|reference already exists)[^)]*\)|cannot lock ref/;

/**
 * Writes files to a branch of a remote as one commit, and returns its id; when they are there
 * already, makes none and returns the id of the branch.
 *
 * Never forces: when somebody else pushed meanwhile, it fetches and starts again on top of their
 * commit, 5 times at most. Works in a temporary directory that only this user can enter and that is
 * gone afterwards; there is no work tree, so that no filter or attribute of the repository changes
 * or runs anything. Throws an `Error` of one line.
 */
export async function pushFiles(options: PushOptions): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "mirror-")); // mode 0700
    try {
        const repository = new Repository(directory, options);
        await repository.run("init", "--quiet", "--bare", "--template=", ".");
        for (let tried = 1; ; tried++) {
            const base = await repository.fetch();
            const commit = await repository.commit(base);
            if (commit === base) return commit;
            if (await repository.push(commit)) return commit;
            if (tried === TRIES) {
                const { remote, branch } = options;
                throw new Error(
                    `mirror.remote ${remote.url}: branch ${branch} moved during each of ${TRIES} pushes: ` +
                        "run pulumi up again when fewer others write to it",
                );
            }
            await pause(Math.random() * JITTER_MILLISECONDS * tried);
        }
    } finally {
        // Git may be writing still when it was killed.
        await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    }
}

/** A bare repository of our own that knows one commit of the remote. */
class Repository {
    readonly #directory: string;
    readonly #options: PushOptions;

    constructor(directory: string, options: PushOptions) {
        this.#directory = directory;
        this.#options = options;
    }

    /** Runs git, which must succeed; returns the line it prints. */
    async run(...args: readonly string[]): Promise<string> {
        return this.#line(await this.#git(args));
    }

    /** The newest commit of the branch, without its history; none when there is no branch yet. */
    async fetch(): Promise<string | undefined> {
        const { remote, branch } = this.#options;
        const result = await this.#git([
            ...["fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head"],
            ...["--", remote.url, `+refs/heads/${branch}:${BASE}`],
        ]);
        if (result.exitCode !== 0 && /couldn't find remote ref/.test(result.stderr))
            return undefined;
        this.#line(result);
        return this.run("rev-parse", "--verify", `${BASE}^{commit}`);
    }

    /** A commit of the files on top of another; that other one when it has them already. */
    async commit(base: string | undefined): Promise<string> {
        const { files, message } = this.#options;
        await this.run("read-tree", ...(base === undefined ? ["--empty"] : [base]));
        for (const [path, content] of Object.entries(files)) {
            const blob = this.#line(await this.#git(["hash-object", "-w", "--stdin"], content));
            await this.run("update-index", "--add", "--cacheinfo", `100644,${blob},${path}`);
        }
        const tree = await this.run("write-tree");
        if (base !== undefined && tree === (await this.run("rev-parse", `${base}^{tree}`))) {
            return base;
        }
        const parents = base === undefined ? [] : ["-p", base];
        return this.#line(await this.#git(["commit-tree", tree, ...parents], `${message}\n`));
    }

    /** Whether the branch is at the commit now; not when it moved meanwhile. */
    async push(commit: string): Promise<boolean> {
        const { remote, branch } = this.#options;
        const target = `${commit}:refs/heads/${branch}`;
        const result = await this.#git(["push", "--porcelain", "--", remote.url, target]);
        if (result.exitCode !== 0 && !result.timedOut) {
            const answer = result.stdout.split("\n").filter((line) => line.startsWith("!"));
            if (answer.some((line) => MOVED.test(line))) return false;
        }
        this.#line(result);
        return true;
    }

    #git(args: readonly string[], input?: string): Promise<GitResult> {
        const { remote, credentials, author } = this.#options;
        const [, name = "", address = ""] = /^(.*?)\s*<(.*)>$/.exec(author) ?? [];
        const who = ["AUTHOR", "COMMITTER"].flatMap((role) => [
            [`GIT_${role}_NAME`, name],
            [`GIT_${role}_EMAIL`, address],
        ]);
        return runGit(args, {
            ...{ directory: this.#directory, remote, credentials, input },
            limitSeconds: this.#limitSeconds,
            environment: Object.fromEntries(who) as Record<string, string>,
        });
    }

    get #limitSeconds(): number {
        return this.#options.limitSeconds ?? 60;
    }

    #line(result: GitResult): string {
        if (result.exitCode === 0 && !result.timedOut) return result.stdout.trim();
        const { remote, credentials } = this.#options;
        throw new Error(describeFailure(remote, credentials, result, this.#limitSeconds));
    }
}
