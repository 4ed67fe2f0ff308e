import assert from "node:assert/strict";
import { askAheadOf, inspectMirror } from "../../../update/preflight/gitHubMirror.ts";
import { GitHubApi } from "../../../update/preflight/gitHubApi.ts";
import { GITHUB_MIRROR, NOTHING } from "../../support/fleet.ts";
import { run, type World } from "../../support/mocks.ts";

/** A GitHub that answers what it is configured to, and whatever it was asked for, by path. */
function watched(answers: NonNullable<World["github"]> = {}) {
    const asked: string[] = [];
    const github = new Proxy(answers, {
        get: (target, path: string) => {
            asked.push(path);
            return target[path];
        },
    });
    return { asked, world: { config: { "github:owner": "acme" }, github } };
}

describe("GitHubApi", () => {
    it("asks once, however often it is asked", async () => {
        const { asked, world } = watched({ user: { login: "ada" } });
        const { result } = await run(world, async () => {
            const gitHub = new GitHubApi();
            gitHub.askAhead(["user", "orgs/acme"]);
            return Promise.all([gitHub.ask("user"), gitHub.ask("user")]);
        });
        const answer = { status: 200, message: "", body: { login: "ada" } };
        assert.deepEqual(result, [answer, answer]);
        assert.deepEqual(asked, ["user", "orgs/acme"]);
    });

    it("throws what went wrong ahead to whoever asks for it, and to nobody else", async () => {
        const ahead = (ask: string) =>
            run(watched({ user: 401 }).world, () => {
                const gitHub = new GitHubApi();
                gitHub.askAhead(["user"]);
                return gitHub.ask(ask);
            });
        await assert.rejects(ahead("user"), /GitHub refuses the token \(401 because\)/);
        assert.equal((await ahead("orgs/acme")).result.status, 404);
    });

    it("is asked nothing twice about a mirror", async () => {
        const { asked, world } = watched();
        const vault = { visibility: "private", archived: false };
        const recorded = { ...NOTHING, repository: "vault" };
        await run({ ...world, repositories: { "acme/vault": vault } }, () =>
            inspectMirror(GITHUB_MIRROR, recorded),
        );
        assert.deepEqual(asked.toSorted(), [...new Set(asked)].sort());
    });
});

describe("askAheadOf", () => {
    it("asks no GitHub at a plain http address, as the token would be read on the way", async () => {
        const { asked, world } = watched();
        const at = (baseUrl: string) => {
            const config = { ...world.config, "github:baseUrl": baseUrl };
            return run({ ...world, config }, () => askAheadOf(GITHUB_MIRROR));
        };
        await assert.rejects(at("http://ghe.example/api/v3/"), {
            message:
                "prometheus-write-secret:mirror: GitHub is at ghe.example by plain http, where anybody on the way reads the " +
                "token: give github:baseUrl, or GITHUB_BASE_URL, as an https URL",
        });
        assert.deepEqual(asked, []);
        for (const url of ["http://127.0.0.1:1/", "https://ghe.example/", ""]) await at(url);
        assert.notDeepEqual(asked, []);
    });
});
