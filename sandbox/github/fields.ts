// What the emulator leaves out of repositories, users and organisations, and what GitHub shows of
// them to whom.

type Fields = Record<string, unknown>;

// GitHub's own defaults for what the emulator leaves out of a repository. The provider sends all of
// them and reads them back: were they absent, every update would change the repository again.
const LEFT_OUT: Readonly<Fields> = {
    merge_commit_title: "MERGE_MESSAGE",
    merge_commit_message: "PR_TITLE",
    squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
    squash_merge_commit_message: "COMMIT_MESSAGES",
    allow_update_branch: false,
    web_commit_signoff_required: false,
};

/**
 * "To view merge-related settings, you must have the contents:read and contents:write permissions"
 * (REST, get a repository).
 */
const MERGE_SETTINGS =
    /^(allow_(merge_commit|squash_merge|rebase_merge|auto_merge|update_branch)|delete_branch_on_merge|(squash_)?merge_commit_(title|message))$/;

/** What GitHub offers an account. */
export interface Plan {
    readonly organization: boolean;
    /** Whether it pays nothing: no rulesets for private repositories then. */
    readonly free: boolean;
    /** Whether private repositories can be scanned for secrets. */
    readonly secretScanning: boolean;
}

/** Fields of repositories, as they were last set; by id, as repositories are renamed. */
export class RepositoryFields {
    readonly #repositories = new Map<number, Fields>();

    /** The repository as GitHub shows it, after a request that may have set fields of it. */
    complete(repository: Fields, sent: Fields, writesContents: boolean): Fields {
        const id = repository["id"] as number;
        const fields: Fields = { ...LEFT_OUT, ...this.#repositories.get(id) };
        for (const [name, value] of Object.entries(sent)) {
            const kept = name in LEFT_OUT || name === "security_and_analysis";
            if (kept && value !== null) fields[name] = value;
        }
        this.#repositories.set(id, fields);
        const shown = Object.entries({ ...repository, ...fields });
        return Object.fromEntries(
            shown.filter(([name]) => writesContents || !MERGE_SETTINGS.test(name)),
        );
    }
}

/** Why GitHub refuses these fields of a repository with 422, or undefined when it does not. */
export function refuseFields(sent: Fields, plan: Plan): string | undefined {
    if (sent["allow_forking"] !== undefined && !plan.organization) {
        return "Allow forks can only be changed on org-owned repositories";
    }
    const scans = JSON.stringify(sent["security_and_analysis"] ?? {}).includes('"enabled"');
    if (scans && !plan.secretScanning)
        return "Secret scanning is not available for this repository.";
    return undefined;
}

/** An account as GitHub shows it to its owner. */
export function completeAccount(account: Fields, { free, organization }: Plan): Fields {
    return {
        ...account,
        plan: { name: free ? "free" : organization ? "team" : "pro" },
        ...(organization && { members_can_fork_private_repositories: true }),
    };
}
