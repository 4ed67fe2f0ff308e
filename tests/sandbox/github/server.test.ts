import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GitHub, startGitHub } from "../../../sandbox/github/server.ts";

const TOKEN = "a-token-of-the-test";

let logs: string;
let github: GitHub;
beforeEach(async () => {
    logs = await mkdtemp(join(tmpdir(), "github-"));
    github = await startGitHub({ logs, owner: "acme", token: TOKEN });
});
afterEach(async () => {
    await github.stop();
    await rm(logs, { recursive: true });
});

async function call(method: string, path: string, body?: object, token = TOKEN) {
    const response = await fetch(`${github.baseUrl}api/v3${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: body ? JSON.stringify(body) : null,
    });
    const text = await response.text();
    const json = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, json };
}

function base64(text: string): string {
    return Buffer.from(text).toString("base64");
}

async function put(path: string, text: string, message: string, sha?: string) {
    const content = base64(text);
    return call("PUT", `/repos/acme/mirror/contents/${path}`, { message, content, sha });
}

const CREATE = {
    name: "mirror",
    private: true,
    merge_commit_title: "PR_TITLE",
    merge_commit_message: "BLANK",
    squash_merge_commit_title: "PR_TITLE",
    squash_merge_commit_message: "PR_BODY",
    allow_update_branch: true,
    web_commit_signoff_required: true,
};

describe("startGitHub", () => {
    it("lets in the one token", async () => {
        const { status, json } = await call("GET", "/user", undefined, "another");
        assert.deepEqual({ status, json }, { status: 401, json: { message: "Bad credentials" } });
        assert.equal((await fetch(`${github.baseUrl}api/v3/user`)).status, 401);
        const user = await call("GET", "/user");
        assert.deepEqual([user.status, user.json["login"]], [200, "acme"]);
    });

    it("lets a job comment, and open issues, as far as its permissions go", async () => {
        await github.createRepository("program");
        const comments = github.issueToken({ metadata: "read", pull_requests: "write" });
        const issues = github.issueToken({ metadata: "read", issues: "write" });
        const path = "/repos/acme/program/issues";
        const opened = await call("POST", path, { title: "It differs", body: "so" }, issues);
        assert.deepEqual([opened.status, opened.json["number"]], [201, 1]);
        assert.equal((await call("POST", path, { title: "No" }, comments)).status, 403);
        const said = await call("POST", `${path}/1/comments`, { body: "one" }, comments);
        const edited = { body: "two" };
        const again = `${path}/comments/${String(said.json["id"])}`;
        const changed = await call("PATCH", again, edited, comments);
        assert.deepEqual([said.status, changed.status, changed.json["body"]], [201, 200, "two"]);
        const reader = github.issueToken({ metadata: "read" });
        assert.equal((await call("PATCH", again, edited, reader)).status, 403);
    });

    it("says that the owner is no organisation, unless it is one", async () => {
        assert.equal((await call("GET", "/orgs/acme")).status, 404);
        await github.stop();
        github = await startGitHub({ logs, owner: "acme", token: TOKEN, organization: true });
        assert.equal((await call("GET", "/orgs/acme")).status, 200);
        assert.equal((await call("POST", "/orgs/acme/repos", CREATE)).status, 201);
        assert.equal(await github.visibility("mirror"), "private");
    });

    it("answers a repository with the fields it was made with, through a rename", async () => {
        assert.partialDeepStrictEqual((await call("POST", "/user/repos", CREATE)).json, CREATE);
        const renamed = await call("PATCH", "/repos/acme/mirror", {
            name: "moved",
            allow_update_branch: false,
        });
        const expected = { ...CREATE, name: "moved", allow_update_branch: false };
        assert.partialDeepStrictEqual(renamed.json, expected);
        assert.partialDeepStrictEqual((await call("GET", "/repos/acme/moved")).json, expected);
    });

    it("answers a repository that sets none of them with GitHub's defaults", async () => {
        await github.createRepository("mirror");
        const { json } = await call("GET", "/repos/acme/mirror");
        assert.partialDeepStrictEqual(json, {
            visibility: "private",
            merge_commit_title: "MERGE_MESSAGE",
            merge_commit_message: "PR_TITLE",
            squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
            squash_merge_commit_message: "COMMIT_MESSAGES",
            allow_update_branch: false,
            web_commit_signoff_required: false,
        });
    });

    it("keeps what is written, commit by commit", async () => {
        await github.createRepository("mirror");
        assert.deepEqual(await github.commits("mirror", "a/b.age"), []);
        const first = await put("a/b.age", "one\n", "first");
        const { sha } = first.json["content"] as { sha: string };
        assert.equal((await put("a/b.age", "two\n", "second", sha)).status, 200);
        assert.equal((await put("a/b.age", "three\n", "third", sha)).status, 409);
        assert.equal((await put("other", "x", "elsewhere")).status, 201);
        assert.equal(await github.file("mirror", "a/b.age"), "two\n");
        const commits = await github.commits("mirror", "a/b.age");
        assert.deepEqual(
            commits.map(({ message }) => message),
            ["second", "first"],
        );
        const path = `/repos/acme/mirror/commits/${commits[0]?.sha ?? ""}`;
        assert.equal((await call("GET", path)).status, 200);
    });

    it("links to itself, with the branch a file was asked on", async () => {
        await github.createRepository("mirror");
        await put("key.age", "one", "first");
        const { json } = await call("GET", "/repos/acme/mirror/contents/key.age?ref=main");
        const url = `${github.baseUrl}api/v3/repos/acme/mirror/contents/key.age?ref=main`;
        assert.equal(json["url"], url);
    });

    it("deletes files and repositories", async () => {
        await github.createRepository("mirror");
        const { json } = await put("key.age", "one", "first");
        const { sha } = json["content"] as { sha: string };
        const file = "/repos/acme/mirror/contents/key.age";
        assert.equal((await call("DELETE", file, { message: "gone", sha })).status, 200);
        assert.equal((await call("GET", file)).status, 404);
        assert.equal(await github.file("mirror", "key.age"), undefined);
        assert.equal((await call("DELETE", "/repos/acme/mirror")).status, 204);
        assert.equal((await call("GET", "/repos/acme/mirror")).status, 404);
        assert.equal(await github.visibility("mirror"), undefined);
    });

    it("refuses a second repository of the same name and writes to an archived one", async () => {
        await github.createRepository("mirror");
        assert.equal((await call("POST", "/user/repos", { name: "mirror" })).status, 422);
        await call("PATCH", "/repos/acme/mirror", { archived: true });
        assert.equal((await put("key.age", "one", "first")).status, 403);
    });

    it("shows and sets visibility", async () => {
        await github.createRepository("mirror");
        await github.setVisibility("mirror", "public");
        assert.equal((await call("GET", "/repos/acme/mirror")).json["visibility"], "public");
        await assert.rejects(github.setVisibility("absent", "public"), {
            message: "github: there is no repository acme/absent",
        });
    });

    it("answers 501 to what it does not know", async () => {
        const { status, json } = await call("GET", "/repos/acme/mirror/releases");
        const message = "the sandbox's GitHub does not know GET /repos/acme/mirror/releases";
        assert.deepEqual({ status, json }, { status: 501, json: { message } });
        const headers = { authorization: `Bearer ${TOKEN}` };
        const graphql = await fetch(`${github.baseUrl}api/graphql`, { method: "POST", headers });
        assert.equal(graphql.status, 501);
    });

    it("counts down no rate limit", async () => {
        const { headers } = await call("GET", "/user");
        assert.deepEqual(
            [...headers.keys()].filter((name) => name.startsWith("x-ratelimit")),
            [],
        );
    });

    it("fails what it is told to, as often as told, and changes nothing", async () => {
        await github.createRepository("mirror");
        const headers = { "retry-after": "1" };
        const match = { method: "PUT", path: /\/contents\// };
        github.fail(match, { status: 503, headers, message: "busy", times: 2 });
        const busy = await put("key.age", "one", "first");
        assert.deepEqual([busy.status, busy.json], [503, { message: "busy" }]);
        assert.equal(busy.headers.get("retry-after"), "1");
        assert.equal((await put("key.age", "one", "first")).status, 503);
        assert.deepEqual(await github.commits("mirror", "key.age"), []);
        const undo = github.fail(match, { status: 500, times: Infinity });
        undo();
        assert.equal((await put("key.age", "one", "first")).status, 201);
    });

    it("records requests without what they carry", async () => {
        await github.createRepository("mirror");
        await put("key.age", "SEALED", "first");
        const path = "/repos/acme/mirror/contents/key.age";
        assert.deepEqual(github.requests, [{ method: "PUT", path, status: 201 }]);
        const log = await readFile(join(logs, "github.log"), "utf8");
        assert.match(log, /^\S+ PUT \/repos\/acme\/mirror\/contents\/key.age 201\n$/);
        assert.equal(log.includes(TOKEN), false);
    });

    it("stops listening, however often it is asked to", async () => {
        await Promise.all([github.stop(), github.stop()]);
        await assert.rejects(fetch(github.baseUrl), /fetch failed/);
    });
});
