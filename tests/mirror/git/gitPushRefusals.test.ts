// Pushes over HTTPS that fail, and what is said then.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pushFiles } from "../../../mirror/git/gitPush.ts";
import { parseRemote } from "../../../settings/gitRemote.ts";
import { createAuthority } from "../../../sandbox/kubernetes/certificates.ts";
import { usePushing } from "../../support/hosts/pushing.ts";
import { lookAround } from "../../support/processes.ts";
import { withEnvironment } from "../../support/environment.ts";

describe("pushFiles, over HTTPS, when it fails", function () {
    this.timeout(60_000);
    const push = usePushing();
    const { host } = push;

    it("refuses a wrong token", async () => {
        await push.refuses(
            { credentials: { ...push.options.credentials, token: "wrong" } },
            /: the token is refused: set mirror\.token \(and mirror\.username, if the host asks for a certain one\) anew \(/,
        );
    });

    it("refuses a token that may only read", async () => {
        host.before = ({ line, authorized }) =>
            authorized && line.includes("git-receive-pack") ? 403 : undefined;
        await push.refuses({}, /: the token may not write there: give it the right to write/);
    });

    it("refuses a host whose certificate another authority signed", async () => {
        const other = await createAuthority("another");
        const caFile = join(host.directory, "another.pem");
        await writeFile(caFile, other.certificate);
        const credentials = { ...push.options.credentials, caFile };
        await push.refuses(
            { credentials },
            /: the host's TLS certificate is not trusted: set mirror\.caFile /,
        );
        assert.deepEqual(host.requests, []);
    });

    it("refuses a host whose certificate the system does not know, when no authority is given", async () => {
        const credentials = { ...push.options.credentials, caFile: undefined };
        await push.refuses(
            { credentials },
            /: the host's TLS certificate is not trusted: set mirror\.caFile /,
        );
    });

    it("takes nothing from the user's environment, configuration or netrc", async () => {
        const home = join(host.directory, "home");
        await mkdir(home, { recursive: true });
        const { host: name, url } = push.options.remote;
        const lines = ["[http]", "sslVerify = false", '[url "https://127.0.0.1:1/"]'];
        await writeFile(join(home, ".gitconfig"), [...lines, `insteadOf = ${url}`].join("\n"));
        const machine = name.replace(/:.*/, "");
        await writeFile(
            join(home, ".netrc"),
            `machine ${machine} login oauth2 password ${host.token}\n`,
        );
        const misleading = {
            ...{ HOME: home, GIT_SSL_NO_VERIFY: "1", GIT_TRACE: "1" },
            ...{ GIT_ASKPASS: "/bin/false", GIT_DIR: home },
        };
        await withEnvironment(misleading, async () => {
            const { credentials } = push.options;
            await push.refuses(
                { credentials: { ...credentials, caFile: undefined } },
                /certificate is not trusted/,
            );
            await push.refuses(
                { credentials: { ...credentials, token: undefined } },
                /the token is refused/,
            );
            await pushFiles(push.options);
        });
        assert.deepEqual(await push.repository.log(), ["Rotate dev to q1"]);
    });

    it("says when there is no git", async () => {
        await withEnvironment({ PATH: host.directory }, () =>
            assert.rejects(pushFiles(push.options), {
                message: "git is not installed: the mirror is written by it",
            }),
        );
    });

    it("refuses a branch the host protects, in the host's words", async () => {
        await push.repository.protect("echo 'GitLab: You are not allowed to push code'; exit 1");
        await push.refuses(
            {},
            /: the host does not let this identity push to the branch: .*GitLab: You are not allowed to push code/,
        );
    });

    it("never repeats the token, even if the host does", async () => {
        await push.repository.protect(`echo "no: ${host.token}"; exit 1`);
        await push.refuses({}, /remote: no: \[secret\]/);
    });

    it("refuses a repository that is not there", async () => {
        const url = `${push.options.remote.url.replace(/\.git$/, "")}-absent.git`;
        await assert.rejects(pushFiles({ ...push.options, remote: parseRemote(url) }), {
            message: new RegExp(`^mirror\\.remote ${url}: there is no such repository, or`),
        });
    });

    it("follows no redirect, and does not hand the token to where it leads", async () => {
        host.before = () => 301;
        await push.refuses(
            {},
            /: it redirects to another address: set mirror\.remote to that one \(/,
        );
    });

    it("refuses a path that would replace a directory of others", async () => {
        await push.repository.git("symbolic-ref", "HEAD", "refs/heads/main");
        await pushFiles({ ...push.options, files: { "theirs/file": "theirs" } });
        await push.refuses({ files: { theirs: push.sealed } }, /: git failed \(.*theirs/);
    });

    it("says when the host is down", async () => {
        await host.stop();
        try {
            await assert.rejects(pushFiles(push.options), (error: Error) => {
                assert.match(
                    error.message,
                    /: it cannot be reached, or broke off: run pulumi up again/,
                );
                return true;
            });
        } finally {
            await host.start();
        }
    });

    it("ends git, and all it started, when the host takes too long", async () => {
        const held = Promise.withResolvers<undefined>();
        host.before = ({ authorized }) => (authorized ? held.promise : undefined);
        try {
            await push.refuses(
                { limitSeconds: 1 },
                /: git was ended after 1 s without a result: run pulumi up again when the host answers$/,
            );
            const running = lookAround().filter(({ args }) =>
                args.includes(`git-remote-https ${push.options.remote.url}`),
            );
            assert.deepEqual(running, []);
        } finally {
            held.resolve(undefined);
        }
    });

    it("leaves the branch as it was when git is killed while it pushes", async () => {
        await push.repository.commit("README", "hello");
        let killed = 0;
        host.before = ({ line, authorized }) => {
            if (!/^POST .*git-receive-pack$/.test(line) || !authorized) return undefined;
            const ours = lookAround().filter(
                ({ args }) =>
                    /git(-remote-https)? .*push|git-remote-https /.test(args) &&
                    args.includes(push.options.remote.url),
            );
            for (const { pid } of ours) process.kill(pid, "SIGKILL");
            killed += ours.length;
            return 503;
        };
        await push.refuses({}, /: git failed \(|: it cannot be reached/);
        assert.ok(killed > 0);
        host.before = () => undefined;
        await pushFiles(push.options);
        assert.deepEqual(await push.repository.log(), ["Rotate dev to q1", "Write README"]);
    });

    it("finds its own commit there when the answer to a push was lost", async () => {
        host.before = async ({ line, authorized }) => {
            if (!/^POST .*git-receive-pack$/.test(line) || !authorized) return undefined;
            await push.repository.commit("dev.yaml.age", push.sealed); // it has been taken
            return 502;
        };
        await assert.rejects(pushFiles(push.options));
        host.before = () => undefined;
        await pushFiles(push.options);
        assert.deepEqual(await push.repository.log(), ["Write dev.yaml.age"]);
    });
});
