// The judges of what the program renders are those who read it: promtool and vmauth themselves.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { diagnostics, STACK } from "../support/deployment.ts";
import { CONFIGURATION, RECEIVER_SECRET, useSandbox } from "../support/fixture.ts";

describe("a configuration that would restart the sender's queue", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    for (const [edit, reason] of [
        [{ "receivers.0.url": "http://127.0.0.1:1/api/v1/write" }, "its URL"],
        [
            { "receivers.0.name": "renamed", "receivers.0.secret": RECEIVER_SECRET },
            "the name of its remote_write entry",
        ],
    ] as const) {
        it(`is warned of in preview when ${reason} changes`, async () => {
            const { deployment } = stage;
            const outcome = await deployment.configured(edit, () => deployment.must("preview"));
            assert.deepEqual(diagnostics(outcome), {
                [STACK]: [
                    `warning: sender prometheus will lose what it has not pushed yet when it loads its new configuration, because of ${reason}, which changed: do it while its queue is empty`,
                ],
            });
        });
    }
});

describe("what is rendered", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    const checkConfiguration = async (file: string) =>
        execa(stage.sandbox.tools.promtool.path, ["check", "config", file], { reject: false });

    it("is a prometheus.yml, as mounted, that promtool accepts", async () => {
        const { cluster, fleet } = stage.sandbox;
        await fleet.volumes.credential.projected();
        await fleet.volumes.configuration.projected();
        const mounted = join(fleet.volumes.configuration.mount.directory, "prometheus.yml");
        const { data } = await stage.core.readNamespacedConfigMap({
            namespace: cluster.namespace,
            name: CONFIGURATION,
        });
        assert.deepEqual(data, { "prometheus.yml": await readFile(mounted, "utf8") });
        const { stdout, stderr } = await checkConfiguration(mounted);
        assert.match(stdout, /SUCCESS: .*prometheus\.yml is valid prometheus config file syntax/);
        assert.equal(stderr, "");
    });

    it("is judged by a promtool that does refuse", async () => {
        const { directory, fleet } = stage.sandbox;
        await fleet.volumes.configuration.projected();
        const mounted = join(fleet.volumes.configuration.mount.directory, "prometheus.yml");
        const misspelt = join(directory, "misspelt.yml");
        const text = await readFile(mounted, "utf8");
        await writeFile(misspelt, text.replace("credentials_file", "credential_file"));
        const { exitCode, stderr } = await checkConfiguration(misspelt);
        assert.equal(exitCode, 1);
        assert.match(stderr, /field credential_file not found/);
    });

    it("points at the file the credential is in", async () => {
        const { credential, configuration } = stage.sandbox.fleet.volumes;
        await Promise.all([credential.projected(), configuration.projected()]);
        const { directory } = configuration.mount;
        const { remote_write: entries } = parse(
            await readFile(join(directory, "prometheus.yml"), "utf8"),
        ) as { remote_write: { authorization: { credentials_file: string } }[] };
        assert.deepEqual(
            entries.map(({ authorization }) => resolve(directory, authorization.credentials_file)),
            [join(credential.mount.directory, "token")],
        );
    });

    it("is an auth.yml, as mounted, that vmauth accepts", async () => {
        const { fleet, tools } = stage.sandbox;
        await fleet.volumes.auth.projected();
        const mounted = join(fleet.volumes.auth.mount.directory, "auth.yml");
        const { files } = await stage.secret(RECEIVER_SECRET);
        assert.deepEqual(Object.keys(files), ["auth.yml"]);
        assert.ok(files["auth.yml"] === (await readFile(mounted, "utf8")));
        await execa(tools.vmauth.path, ["-dryRun", `-auth.config=${mounted}`]);
    });
});
