// The command ended by somebody while git clones, as Ctrl-C does.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { createAuthority } from "../../../sandbox/kubernetes/certificates.ts";
import { PROJECT } from "../../../sandbox/sandbox.ts";

describe("a recovery that is ended", () => {
    let directory: string;
    let ca: string;
    let server: Server; // takes requests, and answers none
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "recover-killed-"));
        const authority = await createAuthority("test");
        ca = join(directory, "ca.crt");
        await writeFile(ca, authority.certificate);
        const { certificate, key } = await authority.issue({ server: "127.0.0.1" });
        server = createServer({ cert: certificate, key }).listen(0, "127.0.0.1");
        await once(server, "listening");
    });
    after(async () => {
        server.closeAllConnections();
        server.close();
        await rm(directory, { recursive: true });
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        it(`leaves neither files nor git behind, on ${signal}`, async () => {
            const { port } = server.address() as AddressInfo;
            const asked = once(server, "request") as Promise<[unknown, ServerResponse]>;
            const url = `https://127.0.0.1:${port}/mirror`;
            const run = execa("node", ["commands/recover.ts", "--repository", url], {
                cwd: PROJECT,
                detached: true, // a process group of its own: a terminal ends all of one at once
                env: { TMPDIR: directory, GIT_SSL_CAINFO: ca },
                reject: false,
            });
            const [, response] = await asked;
            const gone = once(response, "close");
            assert.match((await readdir(directory)).join(), /^ca\.crt,mirror-/); // it has begun
            assert.ok(run.pid);
            process.kill(-run.pid, signal);
            await gone;
            const ended = await run;
            assert.deepEqual([ended.signal, ended.stdout, ended.stderr], [signal, "", ""]);
            assert.deepEqual(await readdir(directory), ["ca.crt"]);
        });
    }
});
