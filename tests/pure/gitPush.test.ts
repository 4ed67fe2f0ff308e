// Pushes over HTTPS to git's own server, and what is said when that fails. SSH has tests of its own.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type PushOptions, pushFiles } from "../../lib/gitPush.ts";
import { parseRemote } from "../../lib/gitRemote.ts";
import { createAuthority } from "../../sandbox/certificates.ts";
import { type BareRepository, GitHttpsHost } from "../hosts/gitHttps.ts";
import { readProcesses } from "../hosts/processes.ts";

const BODY = randomBytes(24).toString("hex"); // searched for: no other process may show it by chance
const SEALED = `-----BEGIN AGE ENCRYPTED FILE-----\n${BODY}\n-----END-----\n`;

describe("pushFiles, over HTTPS", function () {
    this.timeout(60_000);
    const host = new GitHttpsHost();
    let repository: BareRepository;
    let options: PushOptions;
    let made = 0;

    const list = async () =>
        (await readdir(host.directory)).filter((name) => name.startsWith("mirror-"));
    const { TMPDIR } = process.env;
    before(async () => {
        await host.start();
        process.env.TMPDIR = host.directory; // others may push on this machine
    });
    after(async () => {
        if (TMPDIR === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = TMPDIR;
        await host.remove();
    });
    beforeEach(async () => {
        made += 1;
        const name = `group/repo-${made}.git`;
        repository = await host.create(name);
        host.requests.length = 0;
        host.isPublic = false;
        host.before = () => undefined;
        options = {
            remote: parseRemote(host.url(name)),
            branch: "main",
            files: { "dev.yaml.age": SEALED },
            message: "Rotate dev to q1",
            author: "robot <robot@example.com>",
            credentials: { username: "oauth2", token: host.token, caFile: host.caFile },
        };
    });

    async function refuses(changes: Partial<PushOptions>, message: RegExp): Promise<void> {
        const before = await repository.log();
        await assert.rejects(pushFiles({ ...options, ...changes }), (error: Error) => {
            assert.match(error.message, message);
            assert.ok(!error.message.includes("\n"));
            assert.ok(!error.message.includes(host.token));
            assert.ok(error.message.startsWith(`mirror.remote ${options.remote.url}: `));
            return true;
        });
        assert.deepEqual(await repository.log(), before);
    }

    it("makes the branch of an empty repository, as one commit of all files", async () => {
        const files = { "dev.yaml.age": SEALED, "records/dev.json": "{}\n" };
        const commit = await pushFiles({ ...options, files });
        assert.equal(await repository.git("rev-parse", "main"), commit);
        assert.deepEqual(await repository.log(), ["Rotate dev to q1"]);
        assert.equal(
            await repository.git("log", "-1", "--format=%an <%ae> %cn <%ce>"),
            "robot <robot@example.com> robot <robot@example.com>",
        );
        const blob = await repository.git("cat-file", "blob", "main:dev.yaml.age");
        assert.equal(`${blob}\n`, SEALED);
        assert.deepEqual(Object.keys(await repository.files()), Object.keys(files));
        await repository.git("fsck", "--strict");
    });

    it("makes a branch beside others", async () => {
        await repository.commit("README", "hello");
        await pushFiles({ ...options, branch: "mirror/dev" });
        assert.deepEqual(await repository.log("mirror/dev"), ["Rotate dev to q1"]);
        assert.deepEqual(await repository.log(), ["Write README"]);
    });

    it("keeps all else there, and the history", async () => {
        await repository.commit("README", "hello");
        await repository.commit("other.yaml.age", "theirs");
        await pushFiles(options);
        assert.deepEqual(await repository.log(), [
            "Rotate dev to q1",
            "Write other.yaml.age",
            "Write README",
        ]);
        assert.deepEqual(await repository.files(), {
            README: "hello",
            "dev.yaml.age": SEALED.trimEnd(),
            "other.yaml.age": "theirs",
        });
    });

    it("makes no commit of what is there already, and pushes nothing", async () => {
        const first = await pushFiles(options);
        host.requests.length = 0;
        assert.equal(await pushFiles({ ...options, message: "Again" }), first);
        assert.deepEqual(await repository.log(), ["Rotate dev to q1"]);
        assert.ok(host.requests.length > 0);
        assert.ok(host.requests.every(({ line }) => !line.includes("receive-pack")));
    });

    it("writes bytes as they are, whatever the repository's attributes ask for", async () => {
        await repository.commit(".gitattributes", "* text eol=crlf filter=lfs diff=lfs\n");
        await pushFiles(options);
        assert.equal((await repository.files())["dev.yaml.age"], SEALED.trimEnd());
    });

    for (const [when, line] of [
        ["between fetch and push", /^GET .*git-receive-pack$/],
        ["while it pushes", /^POST .*git-receive-pack$/],
    ] as const) {
        it(`goes on top of what another pushed ${when}`, async () => {
            await repository.commit("README", "hello");
            let others = 0;
            host.before = async (request) => {
                if (!line.test(request.line) || !request.authorized || others === 2) return;
                others += 1;
                await repository.commit(`theirs-${others}`, "theirs");
            };
            await pushFiles(options);
            assert.deepEqual(await repository.log(), [
                "Rotate dev to q1",
                "Write theirs-2",
                "Write theirs-1",
                "Write README",
            ]);
            assert.deepEqual(Object.keys(await repository.files()), [
                "README",
                "dev.yaml.age",
                "theirs-1",
                "theirs-2",
            ]);
        });
    }

    it("goes on top of a branch that another made meanwhile", async () => {
        host.before = async ({ line, authorized }) => {
            const races = /^POST .*git-receive-pack$/.test(line) && authorized;
            if (races && (await repository.log()).length === 0) {
                await repository.commit("theirs", "theirs");
            }
        };
        await pushFiles(options);
        assert.deepEqual(await repository.log(), ["Rotate dev to q1", "Write theirs"]);
    });

    it("makes no second commit when another pushed the same meanwhile", async () => {
        await repository.commit("README", "hello");
        host.before = async ({ line, authorized }) => {
            const races = /^GET .*git-receive-pack$/.test(line) && authorized;
            if (races) await repository.commit("dev.yaml.age", SEALED);
        };
        await pushFiles(options);
        assert.deepEqual(await repository.log(), ["Write dev.yaml.age", "Write README"]);
    });

    it("gives up, with nothing lost, when the branch moves during each of five pushes", async () => {
        await repository.commit("README", "hello");
        let others = 0;
        host.before = async ({ line, authorized }) => {
            if (!/^GET .*git-receive-pack$/.test(line) || !authorized) return;
            others += 1;
            await repository.commit(`theirs-${others}`, "theirs");
        };
        await assert.rejects(pushFiles(options), {
            message:
                `mirror.remote ${options.remote.url}: branch main moved during each of 5 pushes: ` +
                "run pulumi up again when fewer others write to it",
        });
        assert.equal((await repository.log()).length, 6);
    });

    it("shows neither token nor content in arguments or environment of a process, nor in a file", async () => {
        const secrets = [host.token, Buffer.from(`oauth2:${host.token}`).toString("base64")];
        const needles = [...secrets, BODY];
        const seen: string[] = [];
        const modes: number[] = [];
        host.before = async ({ line }) => {
            const processes = await readProcesses();
            seen.push(...processes.map(({ shown }) => shown));
            if (!/^POST .*git-receive-pack$/.test(line)) return;
            for (const name of await list()) {
                const directory = join(host.directory, name);
                modes.push((await stat(directory)).mode & 0o777);
                seen.push(await readFile(join(directory, "config"), "latin1"));
            }
        };
        await pushFiles(options);
        assert.ok(seen.some((shown) => shown.includes(`git-remote-https ${options.remote.url}`)));
        assert.ok(seen.some((shown) => shown.includes("GIT_CONFIG_GLOBAL=/dev/null")));
        assert.deepEqual([...new Set(modes)], [0o700]);
        for (const needle of needles) {
            assert.deepEqual(seen.filter((shown) => shown.includes(needle)).length, 0);
        }
    });

    it("leaves no temporary directory, whether it succeeds or fails", async () => {
        await pushFiles(options);
        host.before = () => 503;
        await assert.rejects(pushFiles(options));
        assert.deepEqual(await list(), []);
    });

    it("refuses a wrong token", async () => {
        await refuses(
            { credentials: { ...options.credentials, token: "wrong" } },
            /: the token is refused: set mirror\.token \(and mirror\.username, if the host asks for a certain one\) anew \(/,
        );
    });

    it("refuses a token that may only read", async () => {
        host.before = ({ line, authorized }) =>
            authorized && line.includes("git-receive-pack") ? 403 : undefined;
        await refuses({}, /: the token may not write there: give it the right to write/);
    });

    it("refuses a host whose certificate another authority signed", async () => {
        const other = await createAuthority("another");
        const caFile = join(host.directory, "another.pem");
        await writeFile(caFile, other.certificate);
        const credentials = { ...options.credentials, caFile };
        await refuses(
            { credentials },
            /: the host's TLS certificate is not trusted: set mirror\.caFile /,
        );
        assert.deepEqual(host.requests, []);
    });

    it("refuses a host whose certificate the system does not know, when no authority is given", async () => {
        const credentials = { ...options.credentials, caFile: undefined };
        await refuses(
            { credentials },
            /: the host's TLS certificate is not trusted: set mirror\.caFile /,
        );
    });

    it("takes nothing from the user's environment, configuration or netrc", async () => {
        const home = join(host.directory, "home");
        await mkdir(home, { recursive: true });
        const { host: name, url } = options.remote;
        const lines = ["[http]", "sslVerify = false", '[url "https://127.0.0.1:1/"]'];
        await writeFile(join(home, ".gitconfig"), [...lines, `insteadOf = ${url}`].join("\n"));
        const machine = name.replace(/:.*/, "");
        await writeFile(
            join(home, ".netrc"),
            `machine ${machine} login oauth2 password ${host.token}\n`,
        );
        const former = { ...process.env };
        Object.assign(process.env, { HOME: home, GIT_SSL_NO_VERIFY: "1", GIT_TRACE: "1" });
        Object.assign(process.env, { GIT_ASKPASS: "/bin/false", GIT_DIR: home });
        try {
            const { credentials } = options;
            await refuses(
                { credentials: { ...credentials, caFile: undefined } },
                /certificate is not trusted/,
            );
            await refuses(
                { credentials: { ...credentials, token: undefined } },
                /the token is refused/,
            );
            await pushFiles(options);
        } finally {
            for (const key of ["GIT_SSL_NO_VERIFY", "GIT_TRACE", "GIT_ASKPASS", "GIT_DIR"]) {
                Reflect.deleteProperty(process.env, key);
            }
            Object.assign(process.env, former);
        }
        assert.deepEqual(await repository.log(), ["Rotate dev to q1"]);
    });

    it("says when there is no git", async () => {
        const { PATH } = process.env;
        process.env.PATH = host.directory;
        try {
            await assert.rejects(pushFiles(options), {
                message: "git is not installed: the mirror is written by it",
            });
        } finally {
            process.env.PATH = PATH;
        }
    });

    it("refuses a branch the host protects, in the host's words", async () => {
        await repository.protect("echo 'GitLab: You are not allowed to push code'; exit 1");
        await refuses(
            {},
            /: the host does not let this identity push to the branch: .*GitLab: You are not allowed to push code/,
        );
    });

    it("never repeats the token, even if the host does", async () => {
        await repository.protect(`echo "no: ${host.token}"; exit 1`);
        await refuses({}, /remote: no: \[secret\]/);
    });

    it("refuses a repository that is not there", async () => {
        const url = `${options.remote.url.replace(/\.git$/, "")}-absent.git`;
        await assert.rejects(pushFiles({ ...options, remote: parseRemote(url) }), {
            message: new RegExp(`^mirror\\.remote ${url}: there is no such repository, or`),
        });
    });

    it("follows no redirect, and does not hand the token to where it leads", async () => {
        host.before = () => 301;
        await refuses({}, /: it redirects to another address: set mirror\.remote to that one \(/);
    });

    it("refuses a path that would replace a directory of others", async () => {
        await repository.git("symbolic-ref", "HEAD", "refs/heads/main");
        await pushFiles({ ...options, files: { "theirs/file": "theirs" } });
        await refuses({ files: { theirs: SEALED } }, /: git failed \(.*theirs/);
    });

    it("says when the host is down", async () => {
        await host.stop();
        try {
            await assert.rejects(pushFiles(options), (error: Error) => {
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
            await refuses(
                { limitSeconds: 1 },
                /: git was ended after 1 s without a result: run pulumi up again when the host answers$/,
            );
            const running = (await readProcesses()).filter(({ shown }) =>
                shown.includes(`git-remote-https ${options.remote.url}`),
            );
            assert.deepEqual(running, []);
        } finally {
            held.resolve(undefined);
        }
    });

    it("leaves the branch as it was when git is killed while it pushes", async () => {
        await repository.commit("README", "hello");
        let killed = 0;
        host.before = async ({ line, authorized }) => {
            if (!/^POST .*git-receive-pack$/.test(line) || !authorized) return undefined;
            const ours = (await readProcesses()).filter(
                ({ shown }) =>
                    /git(-remote-https)? .*push|git-remote-https /.test(shown) &&
                    shown.includes(options.remote.url),
            );
            for (const { id } of ours) process.kill(Number(id), "SIGKILL");
            killed += ours.length;
            return 503;
        };
        await refuses({}, /: git failed \(|: it cannot be reached/);
        assert.ok(killed > 0);
        host.before = () => undefined;
        await pushFiles(options);
        assert.deepEqual(await repository.log(), ["Rotate dev to q1", "Write README"]);
    });

    it("finds its own commit there when the answer to a push was lost", async () => {
        host.before = async ({ line, authorized }) => {
            if (!/^POST .*git-receive-pack$/.test(line) || !authorized) return undefined;
            await repository.commit("dev.yaml.age", SEALED); // it has been taken
            return 502;
        };
        await assert.rejects(pushFiles(options));
        host.before = () => undefined;
        await pushFiles(options);
        assert.deepEqual(await repository.log(), ["Write dev.yaml.age"]);
    });
});
