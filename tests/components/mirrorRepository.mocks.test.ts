import assert from "node:assert/strict";
import { MirrorRepository, type MirrorRepositoryArgs } from "../../components/mirrorRepository.ts";
import { known, run, type Registered } from "../support/mocks.ts";

const COMPONENT = "prometheus-write-secret:index:MirrorRepository vault";
const REPOSITORY = "github:index/repository:Repository vault";
const BRANCH = "github:index/branchDefault:BranchDefault vault-branch";
const RULESET = "github:index/repositoryRuleset:RepositoryRuleset vault-history";
const ACCESS = "github:index/repositoryCollaborators:RepositoryCollaborators vault-access";
const KEY = "github:index/repositoryDeployKey:RepositoryDeployKey vault-restore host";

const EVERYTHING: Partial<MirrorRepositoryArgs> = {
    found: { offers: { rulesets: true, forking: true }, fresh: false },
    secretScanning: true,
    access: { users: { alice: "push", bot: "admin" }, teams: { ops: "pull" } },
    deployKeys: [{ title: "restore host", key: "ssh-ed25519 AAAA" }],
};

/** What every repository is asked for, on whatever plan. */
const PLAIN = {
    name: "credentials",
    description: "Encrypted copies of Prometheus write credentials",
    visibility: "private",
    autoInit: true,
    hasIssues: false,
    hasProjects: false,
    hasWiki: false,
    hasDiscussions: false,
    allowMergeCommit: false,
    allowRebaseMerge: false,
    archiveOnDestroy: true,
};

function foundWith(fresh: boolean) {
    return { offers: { rulesets: false, forking: false }, fresh };
}

function make(changes: Partial<MirrorRepositoryArgs> = {}) {
    const args = {
        repository: "credentials",
        branch: "trunk",
        found: foundWith(false),
        ...changes,
    };
    return run({}, () => new MirrorRepository("vault", args));
}

/** The branch files are written to. */
const NAMED = {
    id: BRANCH,
    inputs: { repository: "credentials", branch: "trunk", rename: true },
    options: { dependencies: [REPOSITORY], retainOnDelete: true },
};

/**
 * Without what follows from the rest, the parents; sorted, as children are asked for in any order.
 */
function describeAll(resources: readonly Registered[]) {
    return sorted(resources.map(({ id, inputs, options }) => ({ id, inputs, options })));
}

function sorted<T extends { readonly id: string }>(list: readonly T[]): readonly T[] {
    return list.toSorted((a, b) => a.id.localeCompare(b.id));
}

describe("MirrorRepository", () => {
    it("is a repository alone where GitHub offers no more and no more is configured", async () => {
        const { resources } = await make();
        assert.deepEqual(
            describeAll(resources),
            sorted([
                { id: COMPONENT, inputs: {}, options: {} },
                {
                    id: REPOSITORY,
                    inputs: PLAIN,
                    options: { ignoreChanges: ["autoInit"], protect: true },
                },
                NAMED,
            ]),
        );
    });

    it("is all that is offered and configured", async () => {
        const { resources } = await make(EVERYTHING);
        const enabled = { status: "enabled" };
        const children = { dependencies: [REPOSITORY] };
        assert.deepEqual(
            describeAll(resources),
            sorted([
                { id: COMPONENT, inputs: {}, options: {} },
                {
                    id: REPOSITORY,
                    inputs: {
                        ...PLAIN,
                        allowForking: false,
                        securityAndAnalysis: {
                            secretScanning: enabled,
                            secretScanningPushProtection: enabled,
                        },
                    },
                    options: { ignoreChanges: ["autoInit"], protect: true },
                },
                NAMED,
                {
                    id: RULESET,
                    inputs: {
                        name: "Keep the history of sealed files",
                        repository: "credentials",
                        target: "branch",
                        enforcement: "active",
                        conditions: { refName: { includes: ["refs/heads/trunk"], excludes: [] } },
                        rules: { deletion: true, nonFastForward: true },
                    },
                    options: { dependencies: [BRANCH, REPOSITORY], deletedWith: REPOSITORY },
                },
                {
                    id: ACCESS,
                    inputs: {
                        repository: "credentials",
                        users: [
                            { username: "alice", permission: "push" },
                            { username: "bot", permission: "admin" },
                        ],
                        teams: [{ teamId: "ops", permission: "pull" }],
                    },
                    options: { ...children, retainOnDelete: true },
                },
                {
                    id: KEY,
                    inputs: {
                        repository: "credentials",
                        title: "restore host",
                        key: "ssh-ed25519 AAAA",
                        readOnly: true,
                    },
                    options: { ...children, deletedWith: REPOSITORY },
                },
            ]),
        );
        const parents = resources.slice(1).map(({ parent }) => parent);
        assert.deepEqual(new Set(parents), new Set([COMPONENT]));
    });

    it("has the missing right named only while it is made", async () => {
        const { resources } = await make({ found: foundWith(true) });
        const [, made] = resources;
        assert.deepEqual(made?.options["hooks"], {
            onError: ["missing Administration of credentials"],
        });
    });

    it("has its name, once it is private", async () => {
        const { result } = await make(EVERYTHING);
        assert.deepEqual(await known(result.repository), { value: "credentials", secret: false });
    });

    it("has the address of the repository, which is no secret", async () => {
        const value = "https://github.test/vault";
        assert.deepEqual(await known((await make()).result.url), { value, secret: false });
    });
});
