// The mirror's repository on the engine: what it is, who may do what with it, and what becomes of
// it.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Deployment, diagnostics, steps } from "../support/deployment.ts";
import { REPOSITORY, SEALED_FILE, useSandbox } from "../support/fixture.ts";
import { openPlace, type Place } from "../support/place.ts";
import { rest, type Rest } from "../support/rest.ts";

const REPOSITORY_TYPE = "github:index/repository:Repository";
const READER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBq3r6Hq8bDKtNwSLqJ3Nn4bGZcVbqXk2Z1hC0l9Xw3e";
const FOREIGN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAf0m2b9mVZ3s1H1Q4mC0l7t8vK5dYw6n2Xr9pLk1JtB";

/** What the stack's diagnostics say: under the name of the stack, when there is anything. */
async function said(deployment: Deployment, stack: string, ...args: readonly string[]) {
    return diagnostics(await deployment.must(...args))[
        `pulumi:pulumi:Stack (prometheus-write-secret-${stack})`
    ];
}

describe("the mirror's repository", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let ask: Rest;
    before(() => {
        const { github, engine } = stage.sandbox;
        ask = rest(github, engine.environment["GITHUB_TOKEN"] ?? "");
    });

    it("is for nothing but sealed files", async () => {
        const { json } = await ask("GET", `/repos/sandbox/${REPOSITORY}`);
        assert.partialDeepStrictEqual(json, {
            visibility: "private",
            archived: false,
            has_issues: false,
            has_projects: false,
            has_wiki: false,
            has_discussions: false,
            allow_merge_commit: false,
            allow_rebase_merge: false,
            allow_squash_merge: true,
        });
    });

    it("keeps the history of its branch, which can still be written to", async () => {
        const branch = `/repos/sandbox/${REPOSITORY}/git/refs/heads/main`;
        const deleting = await ask("DELETE", branch);
        assert.deepEqual(
            [deleting.status, (deleting.json as { message: string }).message],
            [422, "Repository rule violations found\n\nCannot delete this branch\n\n"],
        );
        const [commit] = await stage.sandbox.github.commits(REPOSITORY, SEALED_FILE);
        const rewriting = await ask("PATCH", branch, { sha: commit?.sha, force: true });
        assert.equal(rewriting.status, 422);
        await stage.deployment.rotateTo(stage.newLabel());
        const commits = await stage.sandbox.github.commits(REPOSITORY, SEALED_FILE);
        assert.equal(commits[1]?.sha, commit?.sha);
    });

    it("is as it was asked for, seen from GitHub", async () => {
        await stage.deployment.must("preview", "--expect-no-changes", "--refresh");
    });
});

describe("the mirror's repository on a branch by another name", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    it("has that branch alone, with its history kept, and is the same in the next update", async () => {
        const { ask, deployment, repository } = await openPlace(stage, "branched", {});
        await deployment.configure({ "mirror.branch": "sealed" });
        await deployment.up();
        const get = async (path: string) =>
            (await ask("GET", `/repos/acme/${repository}${path}`)).json;
        assert.partialDeepStrictEqual(await get(""), { default_branch: "sealed" });
        const branches = (await get("/branches")) as { name: string }[];
        assert.deepEqual(
            branches.map(({ name }) => name),
            ["sealed"],
        );
        const refused = await ask("DELETE", `/repos/acme/${repository}/git/refs/heads/sealed`);
        assert.equal(refused.status, 422);
        await deployment.must("preview", "--expect-no-changes");
        await deployment.rotateTo("second");
        assert.equal((await deployment.up()).changes, 0);
    });
});

describe("the mirror's repository in an organisation", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let place: Place;
    const get = async (path: string) =>
        (await place.ask("GET", `/repos/acme/${place.repository}${path}`)).json;
    before(async () => {
        place = await openPlace(stage, "third", {
            ...{ organization: true, secretScanning: true },
            ...{ users: ["alice", "bob"], teams: ["ops", "audit"] },
        });
        await place.deployment.configure({
            "mirror.secretScanning": true,
            "mirror.access": { users: { alice: "push" }, teams: { ops: "pull" } },
            "mirror.deployKeys": [{ title: "restore host", key: `${READER} root@restore` }],
        });
        await place.deployment.up();
    });

    it("is open to those listed, and scanned", async () => {
        assert.partialDeepStrictEqual(await get(""), {
            visibility: "private",
            allow_forking: false,
            security_and_analysis: {
                secret_scanning: { status: "enabled" },
                secret_scanning_push_protection: { status: "enabled" },
            },
        });
        assert.deepEqual(await get("/collaborators"), [{ login: "alice", role_name: "write" }]);
        assert.partialDeepStrictEqual(await get("/teams"), [{ slug: "ops", permission: "pull" }]);
        assert.partialDeepStrictEqual(await get("/keys"), [
            { title: "restore host", key: READER, read_only: true },
        ]);
        await place.deployment.must("preview", "--expect-no-changes", "--refresh");
    });

    it("warns in preview of others who got in, and shuts them out", async () => {
        const { ask, deployment, repository } = place;
        await ask("PUT", `/repos/acme/${repository}/collaborators/bob`, { permission: "admin" });
        await ask("POST", `/repos/acme/${repository}/keys`, { title: "backup", key: FOREIGN });
        assert.deepEqual(await said(deployment, "third", "preview"), [
            `warning: acme/${repository} is also open to bob (admin): mirror.access does not list them, and pulumi up shuts them out`,
            `warning: acme/${repository} can be read with deploy keys that mirror.deployKeys does not list: backup; delete them on GitHub, or list them`,
        ]);
        await deployment.must("up", "--yes", "--skip-preview", "--refresh");
        assert.deepEqual(await get("/collaborators"), [{ login: "alice", role_name: "write" }]);
    });

    it("leaves people be when they are no longer listed, and takes the keys back", async () => {
        const { deployment, repository } = place;
        await deployment.configure({
            "mirror.access": undefined,
            "mirror.deployKeys": undefined,
        });
        assert.deepEqual(await said(deployment, "third", "up", "--yes", "--skip-preview"), [
            `warning: acme/${repository} is also open to alice (push), team ops (pull): list in mirror.access who may have access`,
            `warning: acme/${repository} can be read with deploy keys that mirror.deployKeys does not list: restore host, backup; delete them on GitHub, or list them`,
        ]);
        assert.deepEqual(await get("/collaborators"), [{ login: "alice", role_name: "write" }]);
        assert.partialDeepStrictEqual(await get("/keys"), [{ title: "backup", key: FOREIGN }]);
    });

    it("is not let go of by leaving its making out", async () => {
        const { deployment, repository } = place;
        const edit = { "mirror.create": false, "mirror.secretScanning": undefined };
        await deployment.configured(edit, async () => {
            const outcome = await deployment.run("preview");
            assert.deepEqual(Object.values(diagnostics(outcome)), [
                [
                    `error: prometheus-write-secret:mirror.create is false, but this stack made acme/${repository}, and would archive it: leave out mirror.create`,
                ],
            ]);
        });
    });

    it("is archived, with all that is in it, when the stack is destroyed on purpose", async () => {
        const { deployment, github, repository } = place;
        await deployment.configure({
            "mirror.deployKeys": [{ title: "restore host", key: READER }],
        });
        await deployment.up();
        const sealed = await github.file(repository, "third.yaml.age");
        assert.match(sealed ?? "", /BEGIN AGE ENCRYPTED FILE/);
        const { length } = github.requests;
        await deployment.must("state", "unprotect", "--all", "--yes");
        await deployment.must("destroy", "--yes", "--skip-preview");
        assert.deepEqual(await deployment.resources(), []);
        assert.partialDeepStrictEqual(await get(""), { archived: true, visibility: "private" });
        assert.equal(await github.file(repository, "third.yaml.age"), sealed);
        assert.equal(((await get("/rulesets")) as unknown[]).length, 1);
        assert.equal(((await get("/keys")) as unknown[]).length, 2);
        const writes = github.requests.slice(length).filter(({ method }) => method !== "GET");
        assert.deepEqual(writes, [
            { method: "PATCH", path: `/repos/acme/${repository}`, status: 200 },
        ]);
    });
});

describe("the mirror's repository on a free personal account", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let place: Place;
    before(async () => {
        place = await openPlace(stage, "fourth", { free: true, users: ["alice"] });
    });

    it("goes without a ruleset, and says so", async () => {
        const { deployment, repository } = place;
        const known = "(mirror.protect: false says that you know)";
        assert.deepEqual(await said(deployment, "fourth", "preview"), [
            `warning: GitHub offers no ruleset for acme/${repository}: acme is on the plan free; whoever can write to it can rewrite its history ${known}`,
        ]);
        await deployment.up();
        assert.deepEqual(await said(deployment, "fourth", "preview", "--expect-no-changes"), [
            `warning: GitHub offers no ruleset for acme/${repository}: 403 Upgrade to GitHub Pro or make this repository public to enable this feature; whoever can write to it can rewrite its history ${known}`,
        ]);
    });

    it("refuses in preview what it cannot have", async () => {
        const { deployment, repository } = place;
        const cases: readonly (readonly [edit: object, says: string])[] = [
            [
                { "mirror.protect": true },
                `mirror.protect: GitHub offers no ruleset for acme/${repository}: 403 Upgrade to GitHub Pro or make this repository public to enable this feature; leave it out, or upgrade`,
            ],
            [
                { "mirror.secretScanning": true },
                "mirror.secretScanning: acme is a personal account, whose private repositories GitHub does not scan: leave it out",
            ],
            [
                { "mirror.access": { teams: { ops: "pull" } } },
                "mirror.access.teams: acme is a personal account, which has no teams: list users",
            ],
            [
                { "mirror.access": { users: { alice: "pull" } } },
                "mirror.access.users.alice: acme is a personal account, which knows no role but push, got pull",
            ],
        ];
        for (const [edit, says] of cases) {
            await deployment.configured({ "mirror.protect": false, ...edit }, async () => {
                const outcome = await deployment.run("preview");
                assert.deepEqual(Object.values(diagnostics(outcome)), [
                    [`error: prometheus-write-secret:${says}`],
                ]);
            });
        }
    });

    it("invites whom it lists, once", async () => {
        const { ask, deployment, repository } = place;
        await deployment.configure({
            "mirror.protect": false,
            "mirror.access": { users: { alice: "push" } },
        });
        await deployment.up();
        const { json } = await ask("GET", `/repos/acme/${repository}/invitations`);
        assert.partialDeepStrictEqual(json, [
            { invitee: { login: "alice" }, permissions: "write" },
        ]);
        await deployment.must("preview", "--expect-no-changes", "--refresh");
    });

    it("stays the same resource where it was made before it was a component's, and kept", async () => {
        const { deployment, github, repository } = place;
        const file = join(stage.sandbox.directory, "former.json");
        await deployment.must("stack", "export", "--file", file);
        await writeFile(file, asBefore(await readFile(file, "utf8")));
        await deployment.must("stack", "import", "--file", file);
        const { length } = github.requests;
        assert.deepEqual(steps(await deployment.up(), REPOSITORY_TYPE), []);
        const [found] = (await deployment.resources()).filter(
            ({ type }) => type === REPOSITORY_TYPE,
        );
        assert.match(found?.urn ?? "", /CredentialMirror\$[\w:-]+MirrorRepository\$github/);
        const writes = github.requests.slice(length).filter(({ method }) => method !== "GET");
        assert.deepEqual(writes, []);
        const { json } = await place.ask("GET", `/repos/acme/${repository}`);
        assert.partialDeepStrictEqual(json, { archived: false });
    });
});

/**
 * The state as it was when the mirror's component made the repository, and retained it when
 * destroyed.
 */
function asBefore(text: string): string {
    const state = JSON.parse(text) as {
        deployment: { resources: { urn: string; type: string; parent?: string }[] };
    };
    const { resources } = state.deployment;
    const found = resources.find(({ type }) => type === REPOSITORY_TYPE);
    const component = resources.find(({ urn }) => urn === found?.parent);
    assert.ok(found && component?.parent);
    const { urn } = found;
    const former = urn.replace("$prometheus-write-secret:index:MirrorRepository$", "$");
    Object.assign(found, { parent: component.parent, retainOnDelete: true });
    return JSON.stringify(state).replaceAll(JSON.stringify(urn), JSON.stringify(former));
}
