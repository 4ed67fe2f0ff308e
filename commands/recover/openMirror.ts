import type { Command } from "commander";
import type { MirrorSettings } from "../../settings/mirrorSettings.ts";
import { gitHubSource } from "./gitHubSource.ts";
import { openRepository } from "./gitSource.ts";
import type { MirrorSource } from "./mirrorSource.ts";

/** Where somebody says that a mirror is. */
export interface MirrorPlace {
    readonly repository?: string | undefined;
    readonly github?: string | undefined;
    readonly branch?: string | undefined;
}

/** Has a command take a {@link MirrorPlace}. */
export function mirrorOptions(command: Command): Command {
    return command
        .option(
            "--repository <path or URL>",
            "a clone of the mirror, or where git clones it from (https or ssh)",
        )
        .option(
            "--github <owner/repository>",
            "a mirror on GitHub, read with the token in GITHUB_TOKEN",
        )
        .option("--branch <name>", "the branch (default: the repository's own)")
        .option("--stack <name>", "the stack (default: the only one there)");
}

/** The mirror that is where somebody says. Throws a one-line error where that is not one place. */
export async function openMirror({
    repository,
    github,
    branch,
}: MirrorPlace): Promise<MirrorSource> {
    if (github !== undefined && repository === undefined) return onGitHub(github, branch);
    if (repository !== undefined && github === undefined) return openRepository(repository, branch);
    throw new Error(
        "say where the mirror is: --repository <path or URL> or --github <owner/repository>",
    );
}

/** The mirror a stack is configured to have. */
export async function openMirrorOf(mirror: MirrorSettings): Promise<MirrorSource> {
    if (mirror.remote) return openRepository(mirror.remote.url, mirror.branch);
    return onGitHub(`${mirror.owner}/${mirror.repository}`, mirror.branch);
}

function onGitHub(repository: string, branch: string | undefined): MirrorSource {
    const { GITHUB_BASE_URL: baseUrl, GITHUB_TOKEN: token } = process.env;
    return gitHubSource(repository, { baseUrl, token }, branch);
}
