// The mirror cloned by the user's own ssh, from OpenSSH's server.
import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { GitSshHost } from "../../support/hosts/gitSsh.ts";
import { RECOVERED, useMirrorRepository } from "../../support/writtenMirror.ts";
import { recoverFrom } from "../../support/recovering.ts";

describe("recover --repository over SSH", function () {
    this.timeout(300_000); // the server may have to be fetched
    const mirror = useMirrorRepository();
    const host = new GitSshHost();
    let url: string;
    let made = 0;

    before(() => host.start());
    after(() => host.stop());
    beforeEach(async () => {
        made += 1;
        url = host.url(`credentials-${made}.git`);
        await host.create(`credentials-${made}.git`);
        await host.know("host");
        await mirror.rotate(["b", "a"]);
        await execa("git", ["-C", mirror.repository, "push", "--quiet", url, "main"], {
            env: environment(),
        });
    });

    /** What the user's ~/.ssh would say. */
    const environment = (): Record<string, string> => ({
        SSH_AUTH_SOCK: host.agentSocket,
        GIT_SSH_COMMAND: `ssh -o UserKnownHostsFile=${host.knownHosts} -o GlobalKnownHostsFile=/dev/null`,
    });
    const run = (changes: Readonly<Record<string, string>> = {}) => {
        const opening = ["--identity", mirror.identityFile, "--output", "environment"];
        return recoverFrom(mirror, ["--repository", url, ...opening], {
            environment: { ...environment(), ...changes },
        });
    };

    it("gets the credential with a key of the user's agent, and leaves nothing behind", async () => {
        const before = await readdir(mirror.directory);
        assert.deepEqual(await run(), { code: 0, out: RECOVERED, err: "" });
        assert.deepEqual(await readdir(mirror.directory), before);
    });

    it("refuses a host whose key has changed, or is not known", async () => {
        const refused = {
            code: 1,
            out: "",
            err: `error: git cannot clone ${url}: Host key verification failed.`,
        };
        await host.know("other");
        assert.deepEqual(await run(), refused);
        await writeFile(host.knownHosts, "");
        assert.deepEqual(await run(), refused);
    });

    it("says when the host takes none of the keys", async () => {
        const { code, out, err } = await run({ SSH_AUTH_SOCK: "" });
        assert.deepEqual([code, out], [1, ""]);
        assert.match(err, /^error: git cannot clone ssh:[^\n]+: [^\n]*Permission denied[^\n]*$/);
    });
});
