// Pushes to OpenSSH's server with git behind it, and what is said when that fails.
import assert from "node:assert/strict";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type PushOptions, pushFiles } from "../../../mirror/git/gitPush.ts";
import { parseRemote } from "../../../settings/gitRemote.ts";
import type { BareRepository } from "../../support/hosts/gitHttps.ts";
import { GitSshHost } from "../../support/hosts/gitSsh.ts";
import { setEnvironment } from "../../support/environment.ts";

describe("pushFiles, over SSH", function () {
    this.timeout(300_000); // the server may have to be fetched
    const host = new GitSshHost();
    let restore: () => void;
    let repository: BareRepository;
    let options: PushOptions;
    let made = 0;

    before(() => host.start());
    after(() => host.stop());
    beforeEach(async () => {
        made += 1;
        repository = await host.create(`repo-${made}.git`);
        restore = setEnvironment({ SSH_AUTH_SOCK: host.agentSocket });
        await host.know("host");
        options = {
            remote: parseRemote(host.url(`repo-${made}.git`)),
            branch: "main",
            files: { "dev.yaml.age": "sealed\n", "dev.rotation.json": "{}\n" },
            message: "Rotate dev to q1",
            author: "robot <robot@example.com>",
            credentials: { knownHosts: host.knownHosts },
        };
    });
    afterEach(() => {
        restore();
    });

    async function refuses(changes: Partial<PushOptions>, message: RegExp): Promise<void> {
        await assert.rejects(pushFiles({ ...options, ...changes }), (error: Error) => {
            assert.match(error.message, message);
            assert.ok(!error.message.includes("\n"));
            return true;
        });
        assert.deepEqual(await repository.log(), []);
    }

    it("makes one commit with the key of the user's agent, and none of what is there", async () => {
        const commit = await pushFiles(options);
        assert.equal(await pushFiles(options), commit);
        assert.deepEqual(await repository.log(), ["Rotate dev to q1"]);
        assert.deepEqual(await repository.files(), {
            "dev.rotation.json": "{}",
            "dev.yaml.age": "sealed",
        });
    });

    it("goes on top of what others pushed", async () => {
        await repository.commit("README", "hello");
        await pushFiles(options);
        assert.deepEqual(await repository.log(), ["Rotate dev to q1", "Write README"]);
    });

    it("refuses a host whose key is not known", async () => {
        await writeFile(host.knownHosts, "");
        await refuses(
            {},
            /: the SSH key of 127\.0\.0\.1:\d+ is not known: compare what ssh-keyscan prints with what the host publishes, and put it into the file that mirror\.knownHosts names \(/,
        );
    });

    it("refuses a host whose key has changed, and says what that may mean", async () => {
        await host.know("other");
        await refuses(
            {},
            /: the SSH key of 127\.0\.0\.1:\d+ is another one than mirror\.knownHosts \(or ~\/\.ssh\/known_hosts\) has: somebody may be in between; ask whoever runs the host/,
        );
    });

    it("reads a file of known hosts whatever its name", async () => {
        const knownHosts = join(host.directory, `odd 'name' "here" 100%h \\ $HOME`);
        await copyFile(host.knownHosts, knownHosts);
        await writeFile(host.knownHosts, "");
        await pushFiles({ ...options, credentials: { knownHosts } });
        assert.deepEqual(await repository.log(), ["Rotate dev to q1"]);
    });

    it("refuses when the host takes none of the keys", async () => {
        delete process.env.SSH_AUTH_SOCK;
        await refuses(
            {},
            /: the host takes none of your SSH keys: ssh-add a key that may write there, or name it in ~\/\.ssh\/config \(/,
        );
    });

    it("refuses a repository that is not there", async () => {
        const remote = parseRemote(host.url("absent.git"));
        await refuses({ remote }, /: there is no such repository, or this identity may not see it/);
    });

    it("refuses a branch the host protects, in the host's words", async () => {
        await repository.protect("echo 'main is protected'; exit 1");
        await refuses(
            {},
            /: the host does not let this identity push to the branch: .*remote: main is protected/,
        );
    });

    it("says when the host is down", async () => {
        const remote = parseRemote(`ssh://${host.user}@127.0.0.1:1/repo.git`);
        await refuses({ remote }, /: it cannot be reached, or broke off: run pulumi up again/);
    });
});
