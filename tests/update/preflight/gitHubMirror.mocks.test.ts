import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Recorded } from "../../../update/recorded.ts";
import type { GitHubMirrorSettings } from "../../../settings/mirrorSettings.ts";
import { inspectMirror } from "../../../update/preflight/gitHubMirror.ts";
import { run, type Run, type World } from "../../support/mocks.ts";
import { GITHUB_MIRROR, NOTHING } from "../../support/fleet.ts";

const NAME = "prometheus-write-secret:mirror.repository acme/vault";
const PRIVATE = { visibility: "private", archived: false };
const ORGANIZATION = { login: "acme", members_can_fork_private_repositories: true };

type Github = NonNullable<World["github"]>;
type Users = NonNullable<GitHubMirrorSettings["access"]>["users"];

/** Looks at acme/vault, which the stack made if it is to make one. */
function look(
    changes: Partial<GitHubMirrorSettings> = {},
    github: Github = {},
    vault: object = PRIVATE,
    remembered?: Partial<Recorded>,
): Promise<Run<Awaited<ReturnType<typeof inspectMirror>>>> {
    const repositories = { "acme/vault": vault };
    const world = { config: { "github:owner": "acme" }, repositories, github };
    const mirror = { ...GITHUB_MIRROR, ...changes };
    const recorded = { ...NOTHING, ...(remembered ?? (mirror.create && { repository: "vault" })) };
    return run(world, () => inspectMirror(mirror, recorded));
}

/** The same before there is a repository. */
function lookAtNone(changes: Partial<GitHubMirrorSettings> = {}, github: Github = {}) {
    const world = { config: { "github:owner": "acme" }, github };
    return run(world, () => inspectMirror({ ...GITHUB_MIRROR, ...changes }, NOTHING));
}

async function refuses(looking: Promise<unknown>, message: string): Promise<void> {
    await assert.rejects(looking, (error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(error.message, message);
        return true;
    });
}

describe("inspectMirror, of rights", () => {
    const lacks = (right: string): string =>
        `${NAME}: the GitHub token lacks a right: give it the repository permission ` +
        `"${right}: read and write", or, if it is a classic one, the scope repo of a user who may`;

    it("takes a token that is shown all for one that may do all", async () => {
        const { result, said } = await look();
        assert.deepEqual(
            { result, said },
            { result: { offers: { rulesets: true, forking: false }, fresh: false }, said: [] },
        );
    });

    it("knows who may not write by the merge settings that are not shown", async () => {
        const shown = { ...PRIVATE, allow_merge_commit: undefined };
        await refuses(look({}, {}, shown), lacks("Contents"));
        await refuses(look({ create: false }, {}, shown), lacks("Contents"));
    });

    for (const status of [403, 404]) {
        it(`knows who may not administer by a ${status} to deploy keys`, async () => {
            const github = { "repos/acme/vault/keys": status };
            await refuses(look({}, github), lacks("Administration"));
            await look({ create: false }, github); // is not to administer it
        });
    }

    it("knows who may only see rulesets by what these leave out", async () => {
        const github = {
            "repos/acme/vault/rulesets": [{ id: 7 }],
            "repos/acme/vault/rulesets/7": {},
        };
        await refuses(look({}, github), lacks("Administration"));
        await look({}, { ...github, "repos/acme/vault/rulesets/7": { bypass_actors: [] } });
    });

    it("refuses a token that GitHub refuses", async () => {
        await refuses(
            look({}, { "repos/acme/vault": 401 }),
            "prometheus-write-secret:mirror: GitHub refuses the token (401 because): it is mistyped, expired or revoked; set GITHUB_TOKEN to a valid one",
        );
    });

    it("refuses a repository of ours that is not seen, rather than make it again", async () => {
        const unseen = { "repos/acme/vault": 404 } as const;
        for (const recorded of [{ repository: "vault" }, { mirrorForgotten: true }]) {
            await refuses(
                look({}, unseen, PRIVATE, recorded),
                `${NAME}, which this stack wrote to, is not found: give the GitHub token access to it; if it was deleted, run pulumi refresh, make it again, private, and set mirror.create to false`,
            );
        }
    });

    it("says how to go on with a repository that a refresh took for gone", async () => {
        const recorded = { mirrorForgotten: true };
        await refuses(
            look({}, {}, PRIVATE, recorded),
            `${NAME} was forgotten in a refresh, by a GitHub token that did not see it: set mirror.create to false to go on with it`,
        );
        await look({ create: false }, {}, PRIVATE, recorded);
    });

    it("passes on why else a repository cannot be seen", async () => {
        await refuses(
            look({}, { "repos/acme/vault": 403 }),
            `${NAME} cannot be seen: GitHub answers 403 because`,
        );
    });
});

describe("inspectMirror, of who makes the repository", () => {
    const OWNER = "prometheus-write-secret:mirror.owner";

    it("refuses another's account, as it would be made under the token's own", async () => {
        await refuses(
            lookAtNone({}, { user: { login: "robot" } }),
            `${OWNER} acme is no organisation on GitHub, and the token is robot's, under whom vault would be made: name robot or an organisation, in mirror.owner and github:owner`,
        );
        await lookAtNone({}, { user: { login: "Acme" } });
        await look({}, { user: { login: "robot" } }); // it is there
    });

    it("refuses an account for an app", async () => {
        await refuses(
            lookAtNone({}, { user: 403 }),
            `${OWNER} acme is no organisation on GitHub, and the token is an app's, which makes repositories in organisations alone: name an organisation, in mirror.owner and github:owner`,
        );
        await lookAtNone({}, { user: 403, "orgs/acme": ORGANIZATION });
    });

    it("refuses an organisation whose member the token's user is not", async () => {
        const asked = (status: number) =>
            lookAtNone({}, { "orgs/acme": ORGANIZATION, "orgs/acme/memberships/robot": status });
        await refuses(
            asked(404),
            `${OWNER}: robot, whom the GitHub token belongs to, is no member of acme, and cannot make acme/vault: name another owner, use a token of a member, or have the repository made and set mirror.create to false`,
        );
        await asked(403); // the token may not ask
    });
});

describe("inspectMirror, of what GitHub offers", () => {
    it("forbids forking in organisations that leave it to their repositories", async () => {
        const offered = async (organization: object) =>
            (await lookAtNone({}, { "orgs/acme": organization })).result.offers;
        assert.deepEqual(await offered(ORGANIZATION), { rulesets: true, forking: true });
        const decided = { ...ORGANIZATION, members_can_fork_private_repositories: false };
        assert.deepEqual(await offered(decided), { rulesets: true, forking: false });
    });

    const free: Readonly<Record<string, Github>> = {
        "an organisation": { "orgs/acme": { ...ORGANIZATION, plan: { name: "free" } } },
        "a user": { user: { login: "acme", plan: { name: "free" } } },
    };
    for (const [what, github] of Object.entries(free)) {
        it(`sees before there is a repository that ${what} has no rulesets`, async () => {
            const { result, said } = await lookAtNone({}, github);
            assert.deepEqual([result.offers.rulesets, result.fresh], [false, true]);
            assert.deepEqual(said, [
                "warning: GitHub offers no ruleset for acme/vault: acme is on the plan free; " +
                    "whoever can write to it can rewrite its history (mirror.protect: false says that you know)",
            ]);
            assert.deepEqual((await lookAtNone({ protect: false }, github)).said, []);
            await refuses(
                lookAtNone({ protect: true }, github),
                "prometheus-write-secret:mirror.protect: GitHub offers no ruleset for acme/vault: acme is on the plan free; leave it out, or upgrade",
            );
        });
    }
});

describe("inspectMirror, of access", () => {
    const access = { users: { alice: "push" }, teams: { ops: "admin" } } as const;
    const vault = "repos/acme/vault";
    const crowd = {
        "orgs/acme": ORGANIZATION,
        [`${vault}/collaborators`]: [
            { login: "robot", role_name: "admin" },
            { login: "Alice", role_name: "write" },
            { login: "bob", role_name: "read" },
        ],
        [`${vault}/invitations`]: [
            { invitee: { login: "carol" }, permissions: "write" },
            { invitee: null, permissions: "read" },
        ],
        [`${vault}/teams`]: [
            { slug: "ops", permission: "admin" },
            { slug: "audit", permission: "pull" },
        ],
        [`${vault}/keys`]: [{ title: "backup", key: "ssh-ed25519 BBBB" }],
    };
    const keys =
        "warning: acme/vault can be read with deploy keys that mirror.deployKeys does not list: " +
        "backup; delete them on GitHub, or list them";

    it("names everybody but the program where nobody is listed", async () => {
        assert.deepEqual((await look({}, crowd)).said, [
            "warning: acme/vault is also open to Alice (push), bob (pull), carol (push, invited), somebody by e-mail (pull, invited), team ops (admin), team audit (pull): list in mirror.access who may have access",
            keys,
        ]);
    });

    it("names those who are not listed, however their login is written", async () => {
        const owner = { "orgs/acme/memberships/robot": { role: "admin" } };
        const deployKeys = [{ title: "backup", key: "ssh-ed25519 BBBB" }];
        assert.deepEqual((await look({ access, deployKeys }, { ...crowd, ...owner })).said, [
            "warning: acme/vault is also open to bob (pull), carol (push, invited), somebody by e-mail (pull, invited), team audit (pull): mirror.access does not list them, and pulumi up shuts them out",
        ]);
    });

    it("names ten, and says how many more, on whatever page", async () => {
        const many = Array.from({ length: 112 }, (_, i) => ({ login: `u${i}`, role_name: "read" }));
        const github = { [`${vault}/collaborators`]: many };
        const ten = Array.from({ length: 10 }, (_, i) => `u${i} (pull)`).join(", ");
        assert.deepEqual((await look({ create: false }, github)).said, [
            `warning: acme/vault is also open to ${ten} and 102 more: each of them can read its history`,
        ]);
    });

    it("refuses a list that takes the repository from the token's user", async () => {
        await refuses(
            lookAtNone({ access }, { "orgs/acme": ORGANIZATION }),
            "prometheus-write-secret:mirror.access would take acme/vault from robot, whom the GitHub token belongs to: " +
                "list users.robot: admin, or a team it is in",
        );
    });

    const insiders: readonly (readonly [what: string, users: Users, github: Github])[] = [
        ["is listed as admin", { Robot: "admin" } as const, {}],
        ["owns the organisation", {}, { "orgs/acme/memberships/robot": { role: "admin" } }],
        [
            "is in a team that is admin",
            {},
            { "orgs/acme/teams/ops/memberships/robot": { state: "active" } },
        ],
        ["is an app's", {}, { user: 403 }],
    ];
    for (const [what, users, github] of insiders) {
        it(`takes a list when the token's user ${what}`, async () => {
            const listed = { access: { ...access, users } };
            await lookAtNone(listed, { "orgs/acme": ORGANIZATION, ...github });
        });
    }
});
