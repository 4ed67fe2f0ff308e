// Pushes over HTTPS to git's own server. What is said when that fails, and SSH, have tests of their
// own.
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pushFiles } from "../../../mirror/git/gitPush.ts";
import { usePushing } from "../../support/hosts/pushing.ts";
import { lookAround } from "../../support/processes.ts";

describe("pushFiles, over HTTPS", function () {
    this.timeout(60_000);
    const push = usePushing();
    const { host } = push;

    it("makes the branch of an empty repository, as one commit of all files", async () => {
        const files = { "dev.yaml.age": push.sealed, "records/dev.json": "{}\n" };
        const commit = await pushFiles({ ...push.options, files });
        assert.equal(await push.repository.git("rev-parse", "main"), commit);
        assert.deepEqual(await push.repository.log(), ["Rotate dev to q1"]);
        assert.equal(
            await push.repository.git("log", "-1", "--format=%an <%ae> %cn <%ce>"),
            "robot <robot@example.com> robot <robot@example.com>",
        );
        const blob = await push.repository.git("cat-file", "blob", "main:dev.yaml.age");
        assert.equal(`${blob}\n`, push.sealed);
        assert.deepEqual(Object.keys(await push.repository.files()), Object.keys(files));
        await push.repository.git("fsck", "--strict");
    });

    it("makes a branch beside others", async () => {
        await push.repository.commit("README", "hello");
        await pushFiles({ ...push.options, branch: "mirror/dev" });
        assert.deepEqual(await push.repository.log("mirror/dev"), ["Rotate dev to q1"]);
        assert.deepEqual(await push.repository.log(), ["Write README"]);
    });

    it("keeps all else there, and the history", async () => {
        await push.repository.commit("README", "hello");
        await push.repository.commit("other.yaml.age", "theirs");
        await pushFiles(push.options);
        assert.deepEqual(await push.repository.log(), [
            "Rotate dev to q1",
            "Write other.yaml.age",
            "Write README",
        ]);
        assert.deepEqual(await push.repository.files(), {
            README: "hello",
            "dev.yaml.age": push.sealed.trimEnd(),
            "other.yaml.age": "theirs",
        });
    });

    it("makes no commit of what is there already, and pushes nothing", async () => {
        const first = await pushFiles(push.options);
        host.requests.length = 0;
        assert.equal(await pushFiles({ ...push.options, message: "Again" }), first);
        assert.deepEqual(await push.repository.log(), ["Rotate dev to q1"]);
        assert.ok(host.requests.length > 0);
        assert.ok(host.requests.every(({ line }) => !line.includes("receive-pack")));
    });

    it("writes bytes as they are, whatever the repository's attributes ask for", async () => {
        await push.repository.commit(".gitattributes", "* text eol=crlf filter=lfs diff=lfs\n");
        await pushFiles(push.options);
        assert.equal((await push.repository.files())["dev.yaml.age"], push.sealed.trimEnd());
    });

    for (const [when, line] of [
        ["between fetch and push", /^GET .*git-receive-pack$/],
        ["while it pushes", /^POST .*git-receive-pack$/],
    ] as const) {
        it(`goes on top of what another pushed ${when}`, async () => {
            await push.repository.commit("README", "hello");
            let others = 0;
            host.before = async (request) => {
                if (!line.test(request.line) || !request.authorized || others === 2) return;
                others += 1;
                await push.repository.commit(`theirs-${others}`, "theirs");
            };
            await pushFiles(push.options);
            assert.deepEqual(await push.repository.log(), [
                "Rotate dev to q1",
                "Write theirs-2",
                "Write theirs-1",
                "Write README",
            ]);
            assert.deepEqual(Object.keys(await push.repository.files()), [
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
            if (races && (await push.repository.log()).length === 0) {
                await push.repository.commit("theirs", "theirs");
            }
        };
        await pushFiles(push.options);
        assert.deepEqual(await push.repository.log(), ["Rotate dev to q1", "Write theirs"]);
    });

    it("makes no second commit when another pushed the same meanwhile", async () => {
        await push.repository.commit("README", "hello");
        host.before = async ({ line, authorized }) => {
            const races = /^GET .*git-receive-pack$/.test(line) && authorized;
            if (races) await push.repository.commit("dev.yaml.age", push.sealed);
        };
        await pushFiles(push.options);
        assert.deepEqual(await push.repository.log(), ["Write dev.yaml.age", "Write README"]);
    });

    it("gives up, with nothing lost, when the branch moves during each of five pushes", async () => {
        await push.repository.commit("README", "hello");
        let others = 0;
        host.before = async ({ line, authorized }) => {
            if (!/^GET .*git-receive-pack$/.test(line) || !authorized) return;
            others += 1;
            await push.repository.commit(`theirs-${others}`, "theirs");
        };
        await assert.rejects(pushFiles(push.options), {
            message:
                `mirror.remote ${push.options.remote.url}: branch main moved during each of 5 pushes: ` +
                "run pulumi up again when fewer others write to it",
        });
        assert.equal((await push.repository.log()).length, 6);
    });

    it("shows neither token nor content in arguments or environment of a process, nor in a file", async () => {
        const secrets = [host.token, Buffer.from(`oauth2:${host.token}`).toString("base64")];
        const needles = [...secrets, push.body];
        const seen: string[] = [];
        const modes: number[] = [];
        host.before = async ({ line }) => {
            seen.push(...lookAround().flatMap(({ args, variables }) => [args, ...variables]));
            if (!/^POST .*git-receive-pack$/.test(line)) return;
            for (const name of await push.directories()) {
                const directory = join(host.directory, name);
                modes.push((await stat(directory)).mode & 0o777);
                seen.push(await readFile(join(directory, "config"), "latin1"));
            }
        };
        await pushFiles(push.options);
        assert.ok(
            seen.some((shown) => shown.includes(`git-remote-https ${push.options.remote.url}`)),
        );
        assert.ok(seen.some((shown) => shown.includes("GIT_CONFIG_GLOBAL=/dev/null")));
        assert.deepEqual([...new Set(modes)], [0o700]);
        for (const needle of needles) {
            assert.deepEqual(seen.filter((shown) => shown.includes(needle)).length, 0);
        }
    });

    it("leaves no temporary directory, whether it succeeds or fails", async () => {
        await pushFiles(push.options);
        host.before = () => 503;
        await assert.rejects(pushFiles(push.options));
        assert.deepEqual(await push.directories(), []);
    });
});
