import assert from "node:assert/strict";
import { parseSettings } from "../../settings/settings.ts";
import { KINDS } from "../support/kinds.ts";

const HTTPS = "https://gitlab.example/group/repo.git";
const SSH = "git@gitlab.example:group/repo.git";
const AUTHOR = "prometheus-write-secret <prometheus-write-secret@localhost>";

function parse(mirror: object) {
    const configuration = {
        rotation: "2026-11-21",
        recipients: ["age1nnkgvpmh8gm4w28gnhkde7w4tcgnje08nc8kw59z3c2sn0r66svslpecf9"],
        mirror,
        receivers: [
            {
                name: "vmauth",
                kind: "vmauth",
                namespace: "monitoring",
                url: "https://push.example/api/v1/write",
                upstream: "http://vminsert:8480",
            },
        ],
        senders: [
            {
                name: "prometheus",
                kind: "prometheus",
                namespace: "monitoring",
                configuration: "base.yml",
            },
        ],
    };
    const files: Readonly<Record<string, string>> = { "base.yml": "{}", "ca.pem": "", hosts: "" };
    const readFile = (path: string): string => {
        const text = files[path];
        if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
        return text;
    };
    return parseSettings(configuration, { stack: "prod", kinds: KINDS, readFile }).mirror;
}

describe("parseSettings, of a mirror on any Git host", () => {
    it("fills in what an HTTPS remote leaves out", () => {
        assert.deepEqual(parse({ remote: HTTPS, token: "t0ken" }), {
            remote: {
                protocol: "https",
                url: HTTPS,
                host: "gitlab.example",
                path: "group/repo",
            },
            path: "prod.yaml.age",
            recordPath: "prod.rotation.json",
            branch: "main",
            author: AUTHOR,
            format: "sealed",
            credentials: {
                token: "t0ken",
                username: "oauth2",
                caFile: undefined,
                knownHosts: undefined,
            },
        });
    });

    it("fills in what an SSH remote leaves out", () => {
        assert.deepEqual(parse({ remote: SSH, knownHosts: "hosts", path: "a/b.age" }), {
            remote: { protocol: "ssh", url: SSH, host: "gitlab.example", path: "group/repo" },
            path: "a/b.age",
            recordPath: "a/prod.rotation.json",
            branch: "main",
            author: AUTHOR,
            format: "sealed",
            credentials: {
                token: undefined,
                username: undefined,
                caFile: undefined,
                knownHosts: "hosts",
            },
        });
    });

    const usernames = [
        [HTTPS, undefined, "oauth2"],
        ["https://bitbucket.org/acme/repo.git", undefined, "x-token-auth"],
        ["https://bitbucket.org/acme/repo.git", "someone", "someone"],
        [HTTPS, "gitlab+deploy-token-1", "gitlab+deploy-token-1"],
    ] as const;
    for (const [remote, username, expected] of usernames) {
        it(`names itself ${expected} to ${remote}, with username ${username ?? "left out"}`, () => {
            const { remote: read, ...mirror } = parse({
                remote,
                token: "t0ken",
                ...(username !== undefined && { username }),
            });
            assert.equal(read?.url, remote);
            assert.ok("credentials" in mirror);
            assert.equal(mirror.credentials.username, expected);
        });
    }

    const FORMS = "must be https://host/path, ssh://user@host/path or user@host:path";
    const https = { remote: HTTPS, token: "hunter2" };
    const refusals: readonly (readonly [string, object, string])[] = [
        [
            "no place",
            { path: "a.age" },
            "mirror: must have owner and repository, on GitHub, or remote, on any other Git host",
        ],
        [
            "two places",
            { ...https, owner: "acme", repository: "vault" },
            "mirror: must have either owner and repository, on GitHub, or remote, on any other Git host",
        ],
        ["half a place on GitHub", { owner: "acme" }, "mirror.repository must be set (string)"],
        [
            "a remote that is no text",
            { remote: 7 },
            "mirror.remote: Invalid input: expected string, received number",
        ],
        ["a path of this machine", { remote: "file:///srv/repo.git" }, `mirror.remote: ${FORMS}`],
        [
            "plain http, on loopback too",
            { remote: "http://127.0.0.1/repo.git", token: "hunter2" },
            `mirror.remote: must not be plain http: ${FORMS}`,
        ],
        [
            "a password in the URL",
            { remote: "https://me:hunter2@host/repo.git" },
            "mirror.remote: must not hold a password: set mirror.token, as a secret",
        ],
        [
            "an HTTPS remote without a token",
            { remote: HTTPS },
            "mirror.token: must be set, with --secret: what the HTTPS remote asks for",
        ],
        [
            "a token for SSH",
            { remote: SSH, token: "hunter2" },
            "mirror.token: means nothing to an SSH remote: take it out",
        ],
        [
            "an authority for SSH",
            { remote: SSH, caFile: "ca.pem" },
            "mirror.caFile: means nothing to an SSH remote: take it out",
        ],
        [
            "host keys for HTTPS",
            { ...https, knownHosts: "hosts" },
            "mirror.knownHosts: means nothing to an HTTPS remote: take it out",
        ],
        [
            "a token of two lines",
            { remote: HTTPS, token: "hunter2\nhost=evil" },
            "mirror.token: must be one word, without spaces",
        ],
        [
            "a user name with a colon",
            { ...https, username: "a:b" },
            "mirror.username: must hold no colon",
        ],
        [
            "no branch name",
            { ...https, branch: "a..b" },
            "mirror.branch: must be the name of a branch",
        ],
        [
            "an option for a branch",
            { ...https, branch: "--force" },
            "mirror.branch: must be the name of a branch",
        ],
        [
            "an author without an address",
            { ...https, author: "robot" },
            'mirror.author: must be "Name <address>"',
        ],
        [
            "making a repository there",
            { ...https, create: true },
            "mirror.create is no configuration key: docs/configuration.md lists them all",
        ],
        [
            "an authority that cannot be read",
            { ...https, caFile: "none.pem" },
            "mirror.caFile: none.pem: ENOENT: no such file, open 'none.pem'",
        ],
        [
            "host keys that cannot be read",
            { remote: SSH, knownHosts: "none" },
            "mirror.knownHosts: none: ENOENT: no such file, open 'none'",
        ],
    ];
    for (const [what, mirror, message] of refusals) {
        it(`refuses ${what}`, () => {
            assert.throws(
                () => parse(mirror),
                (error: Error) => {
                    assert.equal(error.message, message);
                    assert.ok(!error.message.includes("hunter2"));
                    return true;
                },
            );
        });
    }
});
