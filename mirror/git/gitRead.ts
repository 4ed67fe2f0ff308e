import { type GitBranch, GitRepository } from "./gitRepository.ts";

/**
 * Reads files of a branch of a remote, by their paths; those that are not there are left out, all
 * of them where there is no such branch. Throws an `Error` of one line.
 */
export async function readFiles(
    branch: GitBranch,
    paths: readonly string[],
): Promise<Readonly<Record<string, string>>> {
    return GitRepository.use(branch, async (repository) => {
        const commit = await repository.fetch();
        const files: Record<string, string> = {};
        if (commit === undefined) return files;
        for (const path of paths) {
            const content = await repository.read(commit, path);
            if (content !== undefined) files[path] = content;
        }
        return files;
    });
}
