import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRemote, remoteFault } from "../../settings/gitRemote.ts";

const FORMS = "must be https://host/path, ssh://user@host/path or user@host:path";

describe("parseRemote", () => {
    const remotes = [
        ["https://gitlab.com/group/sub/repo.git", "https", "gitlab.com", "group/sub/repo"],
        ["https://git.example:8443/repo/", "https", "git.example:8443", "repo"],
        ["https://127.0.0.1:8443/a/b.git", "https", "127.0.0.1:8443", "a/b"],
        ["ssh://git@git.example/srv/git/repo.git", "ssh", "git.example", "srv/git/repo"],
        ["ssh://git@git.example:2222/~/repo", "ssh", "git.example:2222", "~/repo"],
        ["git@gitlab.com:group/repo.git", "ssh", "gitlab.com", "group/repo"],
        ["git@[::1]:repo.git", "ssh", "[::1]", "repo"],
    ] as const;
    for (const [url, protocol, host, path] of remotes) {
        it(`reads ${url}`, () => {
            assert.deepEqual(parseRemote(url), { protocol, url, host, path });
        });
    }

    const refused = [
        ["http://git.example/repo.git", `must not be plain http: ${FORMS}`],
        ["http://127.0.0.1/repo.git", `must not be plain http: ${FORMS}`],
        ["http://localhost:8080/repo.git", `must not be plain http: ${FORMS}`],
        ["file:///srv/git/repo.git", FORMS],
        ["/srv/git/repo.git", FORMS],
        ["../repo.git", FORMS],
        ["git://git.example/repo.git", FORMS],
        ["ext::sh -c touch% /tmp/x", FORMS],
        ["https://git.example", FORMS],
        ["https://git.example/repo.git?a=b", FORMS],
        ["https://git.example/repo.git#main", FORMS],
        ["ssh://-oProxyCommand=id/repo", FORMS],
        ["ssh://-l@git.example/repo", FORMS],
        ["git@-oProxyCommand=id:repo", FORMS],
        ["https://git.example/a b", FORMS],
        [
            "https://me:hunter2@git.example/repo.git",
            "must not hold a password: set mirror.token, as a secret",
        ],
        [
            "ssh://git:hunter2@git.example/repo.git",
            "must not hold a password: set mirror.token, as a secret",
        ],
        [
            "https://oauth2@git.example/repo.git",
            "must not hold a user: set mirror.username and mirror.token",
        ],
        [
            "https://github.com/acme/repo.git",
            "is on GitHub: set mirror.owner and mirror.repository instead",
        ],
        [
            "git@github.com:acme/repo.git",
            "is on GitHub: set mirror.owner and mirror.repository instead",
        ],
    ] as const;
    for (const [url, message] of refused) {
        it(`refuses ${url}`, () => {
            assert.equal(remoteFault(url), message);
        });
    }

    it("never repeats what it refuses, nor takes another protocol", () => {
        fc.assert(
            fc.property(
                fc.oneof(fc.string(), fc.webUrl({ validSchemes: ["ftp", "http"] })),
                (url) => {
                    const fault = remoteFault(url);
                    if (fault === undefined) assert.equal(parseRemote(url).protocol, "ssh");
                    else assert.ok(url.length < 12 || !fault.includes(url));
                },
            ),
        );
    });
});
