import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GitCredentials, GitRemote } from "../../settings/gitRemote.ts";
import { type GitResult, runGit } from "./git.ts";
import { describeFailure } from "./gitFailure.ts";

/** A branch of a remote. */
export interface GitBranch {
    readonly remote: GitRemote;
    /** Without `refs/heads/`. */
    readonly branch: string;
    readonly credentials: GitCredentials;
    /** Seconds each run of git may take. Defaults to 60. */
    readonly limitSeconds?: number;
}

/** What a run of git is given beside its arguments. */
export interface GitRun {
    readonly input?: string;
    readonly environment?: Readonly<Record<string, string>>;
}

const BASE = "refs/mirror/base";

/** A bare repository of our own that knows one commit of a branch of a remote. */
export class GitRepository {
    readonly #directory: string;
    readonly #branch: GitBranch;

    private constructor(directory: string, branch: GitBranch) {
        this.#directory = directory;
        this.#branch = branch;
    }

    /**
     * Works in a temporary directory that only this user can enter and that is gone afterwards;
     * there is no work tree, so that no filter or attribute of the repository changes or runs
     * anything.
     */
    static async use<T>(
        branch: GitBranch,
        work: (repository: GitRepository) => Promise<T>,
    ): Promise<T> {
        const directory = await mkdtemp(join(tmpdir(), "mirror-")); // mode 0700
        try {
            const repository = new GitRepository(directory, branch);
            await repository.run(["init", "--quiet", "--bare", "--template=", "."]);
            return await work(repository);
        } finally {
            // Git may be writing still when it was killed.
            await rm(directory, { recursive: true, force: true, maxRetries: 5 });
        }
    }

    /** The newest commit of the branch, without its history; none when there is no branch yet. */
    async fetch(): Promise<string | undefined> {
        const { remote, branch } = this.#branch;
        const result = await this.git([
            ...["fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head"],
            ...["--", remote.url, `+refs/heads/${branch}:${BASE}`],
        ]);
        if (result.exitCode !== 0 && /couldn't find remote ref/.test(result.stderr))
            return undefined;
        this.demand(result);
        return this.run(["rev-parse", "--verify", `${BASE}^{commit}`]);
    }

    /** A file of a commit; undefined where it has none of this path. */
    async read(commit: string, path: string): Promise<string | undefined> {
        const listed = await this.run(["ls-tree", commit, "--", path]);
        const [, type, blob = ""] = /^\d+ (\w+) ([0-9a-f]+)\t/.exec(listed) ?? [];
        if (type !== "blob") return undefined;
        return this.demand(await this.git(["cat-file", "blob", blob]));
    }

    /** Runs git, which must succeed; returns the line it prints. */
    async run(args: readonly string[], more?: GitRun): Promise<string> {
        return this.demand(await this.git(args, more)).trim();
    }

    /** Runs git; the result says how it went. */
    git(args: readonly string[], more: GitRun = {}): Promise<GitResult> {
        const { remote, credentials } = this.#branch;
        const limitSeconds = this.#limitSeconds;
        return runGit(args, {
            directory: this.#directory,
            remote,
            credentials,
            limitSeconds,
            ...more,
        });
    }

    /** What git printed, which must have succeeded. */
    demand(result: GitResult): string {
        if (result.exitCode === 0 && !result.timedOut) return result.stdout;
        const { remote, credentials } = this.#branch;
        throw new Error(describeFailure(remote, credentials, result, this.#limitSeconds));
    }

    get #limitSeconds(): number {
        return this.#branch.limitSeconds ?? 60;
    }
}
