// What the hosts' APIs answer is as their documentation has it, not as they are: no host is asked.
import assert from "node:assert/strict";
import { parseRemote } from "../../../settings/gitRemote.ts";
import { visibilityFault, type VisibilityOptions } from "../../../mirror/git/visibility.ts";
import { GitHttpsHost } from "../../support/hosts/gitHttps.ts";

const GITLAB = "/api/v4/projects/group%2Fsub%2Frepo";
const GITEA = "/api/v1/repos/group/sub/repo";
const MEND = "nothing was written; make it private, or name another one";
const AUTHORIZED = "with the token";

describe("visibilityFault", () => {
    const host = new GitHttpsHost();
    let options: VisibilityOptions;
    before(async () => {
        await host.start();
        await host.create("group/sub/repo.git");
    });
    after(() => host.remove());
    beforeEach(() => {
        host.api.clear();
        host.requests.length = 0;
        host.isPublic = false;
        host.before = () => undefined;
        options = {
            remote: parseRemote(host.url("group/sub/repo.git")),
            credentials: { username: "oauth2", token: host.token, caFile: host.caFile },
        };
    });

    const asked = () =>
        host.requests.map(({ line, authorized }) =>
            `${line.replace("GET ", "")} ${authorized ? AUTHORIZED : ""}`.trim(),
        );
    const ANONYMOUS = "/group/sub/repo.git/info/refs?service=git-upload-pack";

    describe("of GitLab", () => {
        it("is content with a private project, and asks for nothing else", async () => {
            host.api.set(GITLAB, { json: { id: 1, visibility: "private" } });
            assert.equal(await visibilityFault(options), undefined);
            assert.deepEqual(asked(), [`${GITLAB} ${AUTHORIZED}`, ANONYMOUS]);
        });

        for (const visibility of ["internal", "public"]) {
            it(`refuses one that is ${visibility}`, async () => {
                host.api.set(GITLAB, { json: { id: 1, visibility } });
                const fault = `must be private, it is ${visibility}: ${MEND}`;
                assert.equal(await visibilityFault(options), fault);
            });
        }

        it("refuses one that is not there", async () => {
            host.api.set(GITLAB, { status: 404, json: { message: "404 Project Not Found" } });
            assert.equal(
                await visibilityFault(options),
                "is not found, or the token may not see it: create it, private and empty",
            );
        });

        it("refuses a token that may not ask", async () => {
            host.api.set(GITLAB, { status: 403, json: { error: "insufficient_scope" } });
            assert.equal(
                await visibilityFault(options),
                "cannot be asked for its visibility: GitLab answers 403 to the token; give it the scope read_api as well",
            );
        });

        for (const status of [429, 500, 503]) {
            it(`refuses when it answers ${status}, which could hide an internal project`, async () => {
                host.api.set(GITLAB, { status, json: {} });
                assert.equal(
                    await visibilityFault(options),
                    `cannot be asked for its visibility: ${host.host} answers ${status}; try again when it is well`,
                );
            });
        }
    });

    describe("of Gitea and Forgejo", () => {
        it("is content with a private repository", async () => {
            host.api.set(GITEA, { json: { private: true, internal: false } });
            assert.equal(await visibilityFault(options), undefined);
            assert.deepEqual(asked(), [
                `${GITLAB} ${AUTHORIZED}`,
                `${GITEA} ${AUTHORIZED}`,
                ANONYMOUS,
            ]);
        });

        for (const [json, is] of [
            [{ private: false, internal: false }, "public"],
            [{ private: true, internal: true }, "internal"],
        ] as const) {
            it(`refuses one that is ${is}`, async () => {
                host.api.set(GITEA, { json });
                assert.equal(
                    await visibilityFault(options),
                    `must be private, it is ${is}: ${MEND}`,
                );
            });
        }

        it("refuses one that is not there, and a token that may not ask", async () => {
            const url = `https://${host.host}/api/swagger`;
            host.api.set(GITEA, { status: 404, json: { message: "not found", url } });
            const missing = await visibilityFault(options);
            host.api.set(GITEA, { status: 403, json: { message: "token lacks scope" } });
            const refused = await visibilityFault(options);
            assert.deepEqual(
                [missing, refused],
                [
                    "is not found, or the token may not see it: create it, private and empty",
                    "cannot be asked for its visibility: Gitea answers 403 to the token; give it the scope read:repository as well",
                ],
            );
        });
    });

    describe("of Bitbucket", () => {
        const path = "/api/2.0/repositories/group/sub/repo";
        const ask = (changes: object = {}) =>
            visibilityFault({
                remote: { ...options.remote, host: "bitbucket.org" },
                credentials: { ...options.credentials, username: "x-token-auth", ...changes },
                bitbucketApi: `https://${host.host}/api`,
            });

        for (const username of ["x-token-auth", "someone@example.com"]) {
            it(`is content with a private repository, asked as ${username}`, async () => {
                host.api.set(path, { json: { type: "repository", is_private: true } });
                assert.equal(await ask({ username }), undefined);
                assert.deepEqual(asked(), [`${path} ${AUTHORIZED}`, ANONYMOUS]);
            });
        }

        const refusals = [
            [200, { is_private: false }, `must be private, it is public: ${MEND}`],
            [
                404,
                { type: "error" },
                "is not found, or the token may not see it: create it, private and empty",
            ],
            [
                401,
                { type: "error" },
                "cannot be asked for its visibility: Bitbucket answers 401 to the token; give it the scope repository as well",
            ],
            [
                200,
                { type: "repository" },
                "cannot be asked for its visibility: Bitbucket answers 200; try again when it is well",
            ],
        ] as const;
        for (const [status, json, fault] of refusals) {
            it(`refuses ${status} ${JSON.stringify(json)}`, async () => {
                host.api.set(path, { status, json });
                assert.equal(await ask(), fault);
            });
        }
    });

    describe("of any host", () => {
        it("is content when nobody reads it without a credential", async () => {
            assert.equal(await visibilityFault(options), undefined);
        });

        it("refuses one that everybody reads, whatever its API says", async () => {
            host.isPublic = true;
            const fault = `must be private, it can be read without a credential: ${MEND}`;
            assert.equal(await visibilityFault(options), fault);
            host.api.set(GITLAB, { json: { visibility: "private" } });
            assert.equal(await visibilityFault(options), fault);
        });

        it("follows no redirect", async () => {
            host.before = ({ line }) => (line.includes("info/refs") ? 302 : undefined);
            assert.equal(
                await visibilityFault(options),
                "redirects to another address, of which nothing is known: name that one",
            );
        });

        it("refuses when a request without a credential proves nothing", async () => {
            host.before = ({ line }) => (line.includes("info/refs") ? 502 : undefined);
            assert.equal(
                await visibilityFault(options),
                "cannot be proven to be private: it answers 502 to a request without a credential, instead of 401",
            );
        });

        it("refuses a host whose certificate is not trusted, without a request", async () => {
            const credentials = { ...options.credentials, caFile: undefined };
            assert.match(
                (await visibilityFault({ ...options, credentials })) ?? "",
                /^has a TLS certificate that is not trusted \([A-Z_]+\): set mirror\.caFile to the authority it is signed by$/,
            );
            assert.deepEqual(host.requests, []);
        });

        it("refuses a host that takes too long", async () => {
            const held = Promise.withResolvers<undefined>();
            host.before = () => held.promise;
            assert.match(
                (await visibilityFault({ ...options, limitSeconds: 0.2 })) ?? "",
                /^cannot be reached \(.*\): without it nobody knows whether it is private; try again when it answers$/,
            );
            held.resolve(undefined);
        });
    });
});
