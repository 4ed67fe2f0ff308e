// What Prometheus takes of what is recovered, with bearer tokens and with basic authentication:
// promtool judges.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { vmauth } from "../../../kinds/receivers/vmauth.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";
import { FLEET, useMirrorRepository, valueOf } from "../../support/writtenMirror.ts";
import { recover } from "../../support/recovering.ts";

/** The same fleet with basic authentication. */
const NAMED = {
    senders: FLEET.senders.map((sender) => ({ ...sender, username: "push" })),
    receivers: FLEET.receivers.map((receiver) => ({ ...receiver, username: "push" })),
};

describe("what is recovered", function () {
    this.timeout(600_000); // where promtool must be built first
    const mirror = useMirrorRepository();
    let promtool: string;
    before(async () => {
        promtool = (await provideTools(["promtool"])).promtool.path;
    });

    /**
     * The last lines of the fragment that promtool takes, which refers to the file that was written
     * beside it.
     */
    async function fragment(): Promise<{ lines: readonly string[]; credential: string }> {
        const opening = ["--identity", mirror.identityFile];
        const files = join(mirror.directory, "files");
        await recover(mirror, [...opening, "--output", "files", "--to", files]);
        const credential = join(files, "monitoring", "edge-write-credential", "token");
        assert.equal(await readFile(credential, "utf8"), valueOf("b"));
        await mkdir(join(mirror.directory, "etc"));
        const to = join(mirror.directory, "etc", "prometheus.yml");
        const writing = ["--output", "prometheus", "--credentials-file", credential, "--to", to];
        await recover(mirror, [...opening, ...writing]);
        await execa(promtool, ["check", "config", to]);
        return { lines: (await readFile(to, "utf8")).trimEnd().split("\n"), credential };
    }

    it("is a fragment with a bearer token's file", async () => {
        await mirror.rotate(["b", "a"]);
        const { lines, credential } = await fragment();
        assert.deepEqual(lines, [
            "remote_write:",
            "  - name: prometheus-write-secret",
            "    url: https://push.example/api/v1/write",
            "    authorization:",
            `      credentials_file: ${credential}`,
        ]);
    });

    it("is a fragment with a username and a password's file", async () => {
        mirror.fleet = NAMED;
        await mirror.rotate(["b", "a"]);
        const { lines, credential } = await fragment();
        assert.deepEqual(lines.slice(3), [
            "    basic_auth:",
            "      username: push",
            `      password_file: ${credential}`,
        ]);
    });

    it("is an environment with username and password", async () => {
        mirror.fleet = NAMED;
        await mirror.rotate(["b", "a"]);
        const args = ["--identity", mirror.identityFile, "--output", "environment"];
        const { out, err } = await recover(mirror, args);
        assert.deepEqual(
            [out.split("\n"), err],
            [
                [
                    "PROMETHEUS_WRITE_GENERATION=b",
                    "PROMETHEUS_WRITE_USERNAME=push",
                    `PROMETHEUS_WRITE_PASSWORD=${valueOf("b")}`,
                ],
                "",
            ],
        );
    });

    it("is manifests whose receiver accepts all passwords, the one asked for first", async () => {
        mirror.fleet = NAMED;
        await mirror.rotate(["b", "a"]);
        const args = ["--identity", mirror.identityFile, "--output", "files", "--to"];
        const to = join(mirror.directory, "older");
        await recover(mirror, [...args, to, "--generation", "a"]);
        const read = (path: string) => readFile(join(to, path), "utf8");
        assert.equal(await read("monitoring/edge-write-credential/token"), valueOf("a"));
        const auth = { "auth.yml": await read("receiving/central-auth/auth.yml") };
        assert.deepEqual(
            vmauth.parse(auth)?.map(({ label, username, value }) => [label, username, value]),
            ["a", "b"].map((label) => [label, "push", valueOf(label)]),
        );
    });
});
