import { posix } from "node:path";
import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { pushFiles } from "../mirror/git/gitPush.ts";
import { fingerprint, sha256 } from "../rotation/digest.ts";
import type { GitHubMirrorSettings, GitMirrorSettings } from "../settings/mirrorSettings.ts";
import { missingRight } from "../mirror/gitHub/missingRight.ts";
import { reveal } from "../update/reveal.ts";

/** Files to be written, and why. */
export interface MirrorWrite {
    /** Contents by path in the repository. None is secret. */
    readonly files: Readonly<Record<string, pulumi.Input<string>>>;
    /** What the commit says; it must not change unless a file does. */
    readonly message: pulumi.Input<string>;
    /** Told where, once it is there; never where nothing was to be written. Defaults to nobody. */
    readonly onWritten?: (where: string) => void;
}

/** Where a mirror's files are kept. What is written stays when the stack is destroyed. */
export interface MirrorStore {
    /**
     * Writes files, by resources of this name, or that begin with it. Commits only when a file
     * changes.
     */
    write(name: string, write: MirrorWrite, parent: pulumi.Resource): void;
}

/**
 * A branch on GitHub: a resource and a commit a file. The repository's name may have to be waited
 * for.
 */
export class GitHubStore implements MirrorStore {
    readonly #repository: pulumi.Input<string>;
    readonly #branch: string;
    readonly #hooks: pulumi.ResourceHookBinding;

    /** @param checked The repository's name, once it may be written to. Defaults to its name. */
    constructor(
        { repository, branch }: Pick<GitHubMirrorSettings, "repository" | "branch">,
        checked: pulumi.Input<string> = repository,
    ) {
        this.#repository = checked;
        this.#branch = branch;
        this.#hooks = { onError: [missingRight("Contents", repository)] };
    }

    write(name: string, { files, message, onWritten }: MirrorWrite, parent: pulumi.Resource): void {
        const written: github.RepositoryFile[] = [];
        for (const [path, content] of Object.entries(files)) {
            const file = new github.RepositoryFile(
                written.length === 0 ? name : `${name}-${posix.basename(path)}`,
                {
                    repository: this.#repository,
                    branch: this.#branch,
                    file: path,
                    content,
                    commitMessage: message,
                    overwriteOnCreate: true, // what an earlier stack left is in the history
                },
                {
                    parent,
                    retainOnDelete: true,
                    hooks: {
                        ...this.#hooks,
                        ...tellOf(`${name}-${written.length}`, path, onWritten),
                    },
                    // A write whose answer was lost leaves another SHA there than is recorded,
                    // which an update sends along and GitHub refuses; a creation reads it first.
                    replaceOnChanges: ["content"],
                    // GitHub refuses one of two commits to a branch at once
                    dependsOn: [...written],
                },
            );
            written.push(file);
        }
    }
}

/** A hook that tells when a file is written, where somebody is to be told. */
function tellOf(
    name: string,
    path: string,
    onWritten: MirrorWrite["onWritten"],
): pulumi.ResourceHookBinding {
    if (onWritten === undefined) return {};
    const hook = new pulumi.ResourceHook(`${name}-written`, () => {
        onWritten(path);
    });
    return { afterCreate: [hook], afterUpdate: [hook] };
}

/**
 * A branch on any Git host: one commit for all files of a write.
 *
 * Each write is a stash that says what is pushed where, by digests, so that a preview shows it and
 * nothing happens when nothing changed. The push is a hook before the stash is made, or made anew:
 * when it fails, the stash is not recorded and the next update pushes again (engine 3.259). The
 * token is known to the hook alone, and so is never recorded.
 */
export class GitStore implements MirrorStore {
    readonly #settings: GitMirrorSettings;
    /** A later write brings what an earlier one wrote, in the same commit, should it be gone. */
    readonly #files: Record<string, pulumi.Input<string>> = {};
    readonly #repairs: Readonly<Record<string, number>>;

    /**
     * @param repairs How often each push was made again, by the name of its stash: one more has it
     *   pushed once more. Defaults to never.
     */
    constructor(settings: GitMirrorSettings, repairs: Readonly<Record<string, number>> = {}) {
        this.#settings = settings;
        this.#repairs = repairs;
    }

    write(name: string, { files, message, onWritten }: MirrorWrite, parent: pulumi.Resource): void {
        const { remote, branch, author, credentials } = this.#settings;
        Object.assign(this.#files, files);
        const contents = Object.entries(this.#files).map(
            ([path, content]) => [path, pulumi.output(content)] as const,
        );
        const repairs = this.#repairs[`${name}-pushed`] ?? 0;
        const pushed = {
            remote: remote.url,
            branch,
            ...(repairs > 0 && { repairs }),
            sha256: Object.fromEntries(
                contents.map(([path, content]) => [path, content.apply(sha256)]),
            ),
        };
        const hook = new pulumi.ResourceHook(`${name}-push`, async () => {
            const [all, text] = await reveal(
                pulumi.all([pulumi.output(Object.fromEntries(contents)), message]),
            );
            await pushFiles({ remote, branch, author, credentials, files: all, message: text });
            for (const path of Object.keys(files)) onWritten?.(path);
        });
        new pulumi.Stash(
            `${name}-pushed`,
            { input: pushed },
            {
                parent,
                replacementTrigger: pulumi.output(pushed).apply(fingerprint),
                hooks: { beforeCreate: [hook] },
            },
        );
    }
}
