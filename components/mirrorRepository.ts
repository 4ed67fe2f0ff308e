import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { RepositorySettings } from "../settings/mirrorSettings.ts";
import type { RepositoryFacts } from "../mirror/gitHub/repositoryFacts.ts";
import { missingRight } from "../mirror/gitHub/missingRight.ts";

/** Inputs of a {@link MirrorRepository}. */
export interface MirrorRepositoryArgs extends RepositorySettings {
    readonly repository: string;
    /** The branch that keeps its history. */
    readonly branch: string;
    readonly found: RepositoryFacts;
}

/**
 * A private GitHub repository that this program alone writes to, and who may do what with it.
 *
 * Destroying archives it, with all that is in it, its people, its keys and its ruleset: archived,
 * it can be read and no longer written to, and it can be unarchived.
 */
export class MirrorRepository extends pulumi.ComponentResource {
    /** Its name, once it is seen to be private and its branch is protected. */
    readonly repository: pulumi.Output<string>;
    /** The repository in a browser. */
    readonly url: pulumi.Output<string>;

    constructor(name: string, args: MirrorRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:MirrorRepository", name, {}, opts);
        const repository = this.#createRepository(name, args, opts?.parent);
        const branch = this.#nameBranch(name, args.branch, repository);
        const rules = [
            branch,
            ...(args.found.offers.rulesets
                ? [this.#keepHistory(name, args.branch, repository, branch)]
                : []),
            ...(args.access ? [this.#grant(name, args.access, repository)] : []),
        ];
        for (const { title, key } of args.deployKeys ?? []) {
            new github.RepositoryDeployKey(
                `${name}-${title}`,
                { repository: repository.name, title, key, readOnly: true },
                { parent: this, deletedWith: repository },
            );
        }
        // By their URNs, which a preview knows: ids it does not know would have it replace the
        // files.
        this.repository = pulumi
            .all([requirePrivate(repository), pulumi.all(rules.map(({ urn }) => urn))])
            .apply(([checked]) => checked);
        this.url = repository.htmlUrl;
        this.registerOutputs({});
    }

    #createRepository(
        name: string,
        { repository, found: { offers, fresh }, secretScanning }: MirrorRepositoryArgs,
        former: pulumi.Resource | undefined,
    ): github.Repository {
        const enabled = { status: "enabled" };
        return new github.Repository(
            name,
            {
                name: repository,
                description: "Encrypted copies of Prometheus write credentials",
                visibility: "private", // the provider's own default is public
                autoInit: true, // a file can only be written to a branch that exists
                hasIssues: false,
                hasProjects: false,
                hasWiki: false,
                hasDiscussions: false,
                allowMergeCommit: false,
                // One way has to stay, and a squash keeps a commit a rotation
                allowRebaseMerge: false,
                // GitHub answers 422 to the setting on a repository of a personal account.
                ...(offers.forking && { allowForking: false }),
                ...(secretScanning && {
                    securityAndAnalysis: {
                        secretScanning: enabled,
                        secretScanningPushProtection: enabled,
                    },
                }),
                archiveOnDestroy: true, // else destroying deletes it, with every sealed file
            },
            {
                parent: this,
                protect: true,
                ignoreChanges: ["autoInit"],
                ...(fresh && { hooks: { onError: [missingRight("Administration", repository)] } }),
                // Where it was before there was this component; protected, it could not be moved
                // otherwise.
                ...(former && { aliases: [{ parent: former }] }),
            },
        );
    }

    /** GitHub makes one branch, by the name its owner has set for all new repositories. */
    #nameBranch(name: string, branch: string, repository: github.Repository) {
        return new github.BranchDefault(
            `${name}-branch`,
            { repository: repository.name, branch, rename: true },
            { parent: this, retainOnDelete: true },
        );
    }

    /** Neither rule keeps anybody from adding commits, which is all this program does. */
    #keepHistory(
        name: string,
        branch: string,
        repository: github.Repository,
        named: github.BranchDefault,
    ) {
        return new github.RepositoryRuleset(
            `${name}-history`,
            {
                name: "Keep the history of sealed files",
                repository: repository.name,
                target: "branch",
                enforcement: "active",
                conditions: { refName: { includes: [`refs/heads/${branch}`], excludes: [] } },
                rules: { deletion: true, nonFastForward: true },
            },
            { parent: this, deletedWith: repository, dependsOn: named },
        );
    }

    /**
     * A list of everybody: whoever is not on it loses access. Kept when no longer configured, or
     * nobody had access.
     */
    #grant(
        name: string,
        { users, teams }: NonNullable<RepositorySettings["access"]>,
        repository: github.Repository,
    ) {
        return new github.RepositoryCollaborators(
            `${name}-access`,
            {
                repository: repository.name,
                users: Object.entries(users).map(([username, permission]) => ({
                    username,
                    permission,
                })),
                teams: Object.entries(teams).map(([teamId, permission]) => ({
                    teamId,
                    permission,
                })),
            },
            { parent: this, retainOnDelete: true },
        );
    }
}

/** The repository's name, once it is known to be private. Read back rather than trusted. */
function requirePrivate(repository: github.Repository): pulumi.Output<string> {
    return pulumi.all([repository.name, repository.visibility]).apply(([name, visibility]) => {
        if (visibility === "private") return name;
        throw new pulumi.ResourceError(
            `repository ${name} must be private, it is ${visibility}`,
            repository,
            true,
        );
    });
}
