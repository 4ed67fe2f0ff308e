import { setTimeout as pause } from "node:timers/promises";
import { type GitBranch, GitRepository } from "./gitRepository.ts";

/** What to push where; the branch is made when it is not there. */
export interface PushOptions extends GitBranch {
    /** Contents by path in the repository. All else there is kept. */
    readonly files: Readonly<Record<string, string>>;
    /** What the commit says. */
    readonly message: string;
    /** Who the commit is by, as `Name <address>`. */
    readonly author: string;
}

const TRIES = 5;
const JITTER_MILLISECONDS = 500;

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
 * commit, 5 times at most. Throws an `Error` of one line.
 */
export async function pushFiles(options: PushOptions): Promise<string> {
    return GitRepository.use(options, async (repository) => {
        for (let tried = 1; ; tried++) {
            const base = await repository.fetch();
            const made = await commit(repository, base, options);
            if (made === base) return made;
            if (await push(repository, made, options)) return made;
            if (tried === TRIES) {
                const { remote, branch } = options;
                throw new Error(
                    `mirror.remote ${remote.url}: branch ${branch} moved during each of ${TRIES} pushes: ` +
                        "run pulumi up again when fewer others write to it",
                );
            }
            await pause(Math.random() * JITTER_MILLISECONDS * tried);
        }
    });
}

/** A commit of the files on top of another; that other one when it has them already. */
async function commit(
    repository: GitRepository,
    base: string | undefined,
    { files, message, author }: PushOptions,
): Promise<string> {
    await repository.run(["read-tree", ...(base === undefined ? ["--empty"] : [base])]);
    for (const [path, content] of Object.entries(files)) {
        const blob = await repository.run(["hash-object", "-w", "--stdin"], { input: content });
        await repository.run(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
    }
    const tree = await repository.run(["write-tree"]);
    if (base !== undefined && tree === (await repository.run(["rev-parse", `${base}^{tree}`]))) {
        return base;
    }
    const parents = base === undefined ? [] : ["-p", base];
    const [, name = "", address = ""] = /^(.*?)\s*<(.*)>$/.exec(author) ?? [];
    const who = ["AUTHOR", "COMMITTER"].flatMap((role) => [
        [`GIT_${role}_NAME`, name],
        [`GIT_${role}_EMAIL`, address],
    ]);
    return repository.run(["commit-tree", tree, ...parents], {
        input: `${message}\n`,
        environment: Object.fromEntries(who) as Record<string, string>,
    });
}

/** Whether the branch is at the commit now; not when it moved meanwhile. */
async function push(
    repository: GitRepository,
    made: string,
    { remote, branch }: PushOptions,
): Promise<boolean> {
    const target = `${made}:refs/heads/${branch}`;
    const result = await repository.git(["push", "--porcelain", "--", remote.url, target]);
    if (result.exitCode !== 0 && !result.timedOut) {
        const answer = result.stdout.split("\n").filter((line) => line.startsWith("!"));
        if (answer.some((line) => MOVED.test(line))) return false;
    }
    repository.demand(result);
    return true;
}
