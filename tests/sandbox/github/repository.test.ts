// What stands beside the emulator: rulesets, deploy keys, people and tokens, in GitHub's own
// shapes.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GitHub, type GitHubOptions, startGitHub } from "../../../sandbox/github/server.ts";
import { rest, type Rest } from "../../support/rest.ts";

const TOKEN = "a-token-of-the-test";
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpeI98x6tk2D8zpuFe8kPFQfbClvUZkUlmzE5NnAKmx";
const RULESET = {
    name: "history",
    target: "branch",
    enforcement: "active",
    conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
    rules: [{ type: "deletion" }, { type: "non_fast_forward" }],
};

let logs: string;
let github: GitHub;
let ask: Rest;

async function start(options: Omit<GitHubOptions, "logs" | "owner" | "token"> = {}) {
    logs = await mkdtemp(join(tmpdir(), "github-"));
    github = await startGitHub({ ...options, logs, owner: "acme", token: TOKEN });
    ask = rest(github, TOKEN);
    await github.createRepository("vault");
    await github.write("vault", "key.age", "one");
}

/** Status and message, or what is in `json`. */
async function told(method: string, path: string, body?: object, by: Rest = ask) {
    const { status, json } = await by(method, `/repos/acme/vault${path}`, body);
    return [status, (json as { message?: string } | undefined)?.message];
}

describe("startGitHub, of a repository", () => {
    afterEach(async () => {
        await github.stop();
        await rm(logs, { recursive: true });
    });

    it("gives its default branch another name, with what is in it", async () => {
        await start();
        const rename = { new_name: "sealed" };
        assert.deepEqual(await told("POST", "/branches/none/rename", rename), [404, "Not Found"]);
        assert.deepEqual(await told("POST", "/branches/main/rename", rename), [201, undefined]);
        const { json } = await ask("GET", "/repos/acme/vault");
        assert.partialDeepStrictEqual(json, { default_branch: "sealed" });
        const get = async (path: string) => (await ask("GET", `/repos/acme/vault${path}`)).status;
        assert.equal(await get("/contents/key.age?ref=sealed"), 200);
        assert.equal(await get("/branches/main"), 404);
    });

    it("keeps rulesets, and refuses what they forbid, and nothing else", async () => {
        await start();
        const branch = "/git/refs/heads/main";
        const { json } = await ask("POST", "/repos/acme/vault/rulesets", RULESET);
        const { id } = json as { id: number };
        const shown = { ...RULESET, id, bypass_actors: [], source: "acme/vault" };
        assert.partialDeepStrictEqual(json, shown);
        const violation = "Repository rule violations found\n\n";
        assert.deepEqual(await told("DELETE", branch), [
            422,
            `${violation}Cannot delete this branch\n\n`,
        ]);
        assert.deepEqual(await told("PATCH", branch, { sha: "0", force: true }), [
            422,
            `${violation}Cannot force-push to this branch\n\n`,
        ]);
        await github.write("vault", "key.age", "two");
        const disabled = { ...RULESET, enforcement: "disabled" };
        assert.deepEqual(await told("PUT", `/rulesets/${id}`, disabled), [200, undefined]);
        assert.deepEqual(await told("DELETE", `/rulesets/${id}`), [204, undefined]);
        assert.deepEqual(await told("GET", `/rulesets/${id}`), [404, "Not Found"]);
        assert.deepEqual((await ask("GET", "/repos/acme/vault/rulesets")).json, []);
    });

    it("says which rules it does not know", async () => {
        await start();
        const rules = [{ type: "deletion" }, { type: "required_signatures" }];
        assert.deepEqual(await told("POST", "/rulesets", { ...RULESET, rules }), [
            501,
            "the sandbox's GitHub does not know rulesets with required_signatures",
        ]);
    });

    it("has no rulesets for who pays nothing", async () => {
        await start({ free: true });
        const upgrade = [
            403,
            "Upgrade to GitHub Pro or make this repository public to enable this feature.",
        ];
        assert.deepEqual(await told("GET", "/rulesets"), upgrade);
        assert.deepEqual(await told("POST", "/rulesets", RULESET), upgrade);
    });

    it("keeps a deploy key once, without its comment", async () => {
        await start();
        const key = { title: "a", key: `${KEY} comment`, read_only: true };
        const { json } = await ask("POST", "/repos/acme/vault/keys", key);
        assert.partialDeepStrictEqual(json, { title: "a", key: KEY, read_only: true });
        assert.deepEqual(await told("POST", "/keys", key), [422, "Validation Failed"]);
        assert.deepEqual(await told("POST", "/keys", { ...key, key: "none" }), [
            422,
            "Validation Failed",
        ]);
        const { id } = json as { id: number };
        assert.deepEqual(await told("DELETE", `/keys/${id}`), [204, undefined]);
        assert.deepEqual(await told("GET", `/keys/${id}`), [404, "Not Found"]);
    });

    it("invites to a personal repository, and lets members of an organisation in at once", async () => {
        await start({ users: ["alice"] });
        const admin = { permission: "admin" };
        assert.deepEqual(await told("PUT", "/collaborators/alice", admin), [201, undefined]);
        const { json } = await ask("GET", "/repos/acme/vault/invitations");
        assert.partialDeepStrictEqual(json, [
            { invitee: { login: "alice" }, permissions: "write" },
        ]);
        assert.deepEqual(await told("PUT", "/collaborators/nobody", admin), [404, "Not Found"]);
        await github.stop();
        await rm(logs, { recursive: true });
        await start({ organization: true, users: ["alice"] });
        assert.deepEqual(await told("PUT", "/collaborators/alice", admin), [204, undefined]);
        const people = (await ask("GET", "/repos/acme/vault/collaborators")).json;
        assert.deepEqual(people, [{ login: "alice", role_name: "admin" }]);
    });

    it("refuses what only repositories of organisations, or of who pays for it, can have", async () => {
        await start();
        assert.deepEqual(await told("PATCH", "", { allow_forking: false }), [
            422,
            "Allow forks can only be changed on org-owned repositories",
        ]);
        const scanning = { security_and_analysis: { secret_scanning: { status: "enabled" } } };
        assert.deepEqual(await told("PATCH", "", scanning), [
            422,
            "Secret scanning is not available for this repository.",
        ]);
    });

    it("lets nothing be changed in an archived one", async () => {
        await start();
        await ask("PATCH", "/repos/acme/vault", { archived: true });
        const archived = [403, "Repository was archived so is read-only."];
        assert.deepEqual(await told("POST", "/rulesets", RULESET), archived);
        assert.deepEqual((await ask("GET", "/repos/acme/vault/keys")).json, []);
    });

    it("shows and does for a token what it was granted", async () => {
        await start();
        const by = (grants: Parameters<GitHub["issueToken"]>[0]) =>
            rest(github, github.issueToken(grants));
        const refused = [403, "Resource not accessible by personal access token"];
        const reader = by({ metadata: "read", contents: "read" });
        const file = { message: "m", content: "" };
        assert.deepEqual(await told("PUT", "/contents/a", file, reader), refused);
        assert.deepEqual(await told("GET", "/contents/key.age", undefined, reader), [
            200,
            undefined,
        ]);
        assert.deepEqual(await told("GET", "/keys", undefined, reader), refused);
        const shown = (await reader("GET", "/repos/acme/vault")).json as object;
        assert.ok(!("allow_merge_commit" in shown));
        assert.deepEqual(await told("GET", "", undefined, by({})), [404, "Not Found"]);
        const writer = by({ metadata: "read", contents: "write" });
        assert.deepEqual(await told("PUT", "/contents/a", file, writer), [201, undefined]);
        assert.ok(
            "allow_merge_commit" in ((await writer("GET", "/repos/acme/vault")).json as object),
        );
    });
});
