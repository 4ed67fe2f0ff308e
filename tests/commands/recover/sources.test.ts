// Where the command gets the mirror from. OpenSSH itself runs in recoverSsh.test.ts.
import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../../../sandbox/kubernetes/certificates.ts";
import { type GitHub, startGitHub } from "../../../sandbox/github/server.ts";
import { RECOVERED, useMirrorRepository } from "../../support/writtenMirror.ts";
import { recoverFrom } from "../../support/recovering.ts";

const TOKEN = "token-of-the-test";
describe("recover --github", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();
    let logs: string;
    let github: GitHub;
    let environment: Record<string, string>;
    before(async () => {
        logs = await mkdtemp(join(tmpdir(), "recover-github-"));
        github = await startGitHub({
            logs,
            owner: "acme",
            token: TOKEN,
        });
    });
    after(async () => {
        await github.stop();
        await rm(logs, { recursive: true });
    });
    beforeEach(() => {
        environment = { GITHUB_BASE_URL: github.baseUrl, GITHUB_TOKEN: TOKEN };
    });

    /** Copies the repository's history of the sealed file and the record. */
    async function upload(name: string): Promise<void> {
        await github.createRepository(name);
        const commits = await mirror.git("log", "--reverse", "--name-only", "--format=%H");
        const [, ...parts] = commits.split(/^([0-9a-f]{40})$/m);
        for (let index = 0; index < parts.length; index += 2) {
            const [sha = "", path = ""] = [parts[index], parts[index + 1]?.trim()];
            const text = await mirror.git("cat-file", "blob", `${sha}:${path}`);
            await github.write(name, path, `${text}\n`);
        }
    }

    it("reads the history through the REST API", async () => {
        await mirror.rotate(["a"]);
        await mirror.rotate(["b", "a"]);
        await mirror.rotate(["c", "b"]);
        await upload("credentials");
        const args = ["--github", "acme/credentials", "--identity", mirror.identityFile];
        const wish = [...args, "--output", "environment", "--generation", "b"];
        const { out, err } = await recoverFrom(mirror, wish, { environment });
        assert.deepEqual([out, err], [RECOVERED, ""]);
    });

    const faults: Readonly<Record<string, readonly [string, string]>> = {
        "a token GitHub does not know": [
            "acme/credentials",
            "error: GitHub refuses the token in GITHUB_TOKEN: take one that may read the repository's contents",
        ],
        "a repository that is not there": [
            "acme/nothing",
            "error: GitHub shows acme/nothing, or the branch, not to the token in GITHUB_TOKEN; check the names, and " +
                "who may read contents",
        ],
        "what is no repository": [
            "acme",
            'error: --github must be <owner>/<repository>, got "acme"',
        ],
    };
    for (const [what, [repository, expected]] of Object.entries(faults)) {
        it(`refuses ${what}`, async () => {
            const token = what.startsWith("a token") ? "another" : TOKEN;
            const { code, out, err } = await recoverFrom(mirror, ["--github", repository], {
                environment: { ...environment, GITHUB_TOKEN: token },
            });
            assert.deepEqual([code, out, err], [1, "", expected]);
        });
    }

    it("does not send the token where anybody could read it", async () => {
        const { err } = await recoverFrom(mirror, ["--github", "acme/credentials"], {
            environment: { ...environment, GITHUB_BASE_URL: "http://git.example/" },
        });
        assert.equal(
            err,
            "error: GITHUB_BASE_URL must be an https URL, as the token goes there: http://git.example/",
        );
    });
});

describe("recover --repository with a URL", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();

    /**
     * Serves the repository as static files, which git reads; resolves to its URL, the path of the
     * CA, how to stop.
     */
    async function serve(): Promise<{ url: string; ca: string; stop: () => void }> {
        await mirror.git("update-server-info");
        const authority = await createAuthority("test");
        const { certificate, key } = await authority.issue({ server: "127.0.0.1" });
        const server = createServer({ cert: certificate, key }, (request, response) => {
            const path = (request.url ?? "").replace(/\?.*/, "").replace(/^\/mirror/, "");
            readFile(join(mirror.repository, ".git", path)).then(
                (file) => response.end(file),
                () => response.writeHead(404).end(),
            );
        });
        await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
        const ca = join(mirror.directory, "ca.crt");
        await writeFile(ca, authority.certificate);
        const { port } = server.address() as AddressInfo;
        const stop = () => {
            server.close();
            server.closeAllConnections();
        };
        return { url: `https://127.0.0.1:${port}/mirror`, ca, stop };
    }

    it("clones over TLS, and leaves nothing behind", async () => {
        await mirror.rotate(["b", "a"]);
        const { url, ca, stop } = await serve();
        try {
            const before = await readdir(mirror.directory);
            const args = ["--repository", url, "--identity", mirror.identityFile];
            const { out, err } = await recoverFrom(mirror, [...args, "--output", "environment"], {
                environment: { GIT_SSL_CAINFO: ca },
            });
            assert.deepEqual([out, err], [RECOVERED, ""]);
            assert.deepEqual(await readdir(mirror.directory), before);
        } finally {
            stop();
        }
    });

    it("refuses a certificate it cannot verify, whatever the configuration of git says", async () => {
        await mirror.rotate(["b", "a"]);
        const { url, stop } = await serve();
        const configuration = join(mirror.directory, "gitconfig");
        await writeFile(
            configuration,
            `[http]\nsslVerify = false\n[http "${url}"]\nsslVerify = false\n`,
        );
        try {
            const before = await readdir(mirror.directory);
            const { code, out, err } = await recoverFrom(mirror, ["--repository", url], {
                environment: { GIT_SSL_NO_VERIFY: "1", GIT_CONFIG_GLOBAL: configuration },
            });
            assert.deepEqual([code, out], [1, ""]);
            assert.match(err, /^error: git cannot clone https:.*certificate/);
            assert.equal(err.split("\n").length, 1);
            assert.deepEqual(await readdir(mirror.directory), before);
        } finally {
            stop();
        }
    });

    it("clones by the user's own ssh, which must know the host", async () => {
        await mirror.rotate(["b", "a"]);
        const ssh = join(mirror.directory, "ssh");
        const log = join(mirror.directory, "ssh.log");
        // What ssh does once it is connected: the last argument is the command for the other side.
        await writeFile(
            ssh,
            `#!/bin/sh\necho "$@" >> "${log}"\nfor last in "$@"; do :; done\neval "$last"\n`,
        );
        await chmod(ssh, 0o755);
        const args = ["--repository", `ops@git.example:${mirror.repository}`];
        const opening = ["--identity", mirror.identityFile, "--output", "environment"];
        const { out, err } = await recoverFrom(mirror, [...args, ...opening], {
            environment: {
                GIT_SSH_COMMAND: `${ssh} -o StrictHostKeyChecking=no`,
                GIT_SSH_VARIANT: "ssh",
            },
        });
        assert.deepEqual([out, err], [RECOVERED, ""]);
        assert.match(
            await readFile(log, "utf8"),
            /^-o StrictHostKeyChecking=yes -o StrictHostKeyChecking=no .*ops@git\.example git-upload-pack/,
        );
    });
});
