import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { feed, read } from "../../commands/runPulumi.ts";
import { withEnvironment } from "../support/environment.ts";

/** Leaves a kubeconfig as the provider does, and says who may read where; fails when told to. */
const PULUMI = `#!/bin/sh
echo secret > "$TMPDIR/kubeconfig1"
ls -ld "$TMPDIR" | cut -c1-10 | tee "$NOTE"
ls "$TMPDIR" >> "$NOTE"
test "$1" != fail
`;

describe("pulumi, as commands run it", () => {
    let directory: string;
    let environment: Record<string, string>;
    const note = () => readFile(environment["NOTE"] ?? "", "utf8");
    const left = () => readdir(environment["TMPDIR"] ?? "");
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "run-"));
        const [bin, TMPDIR] = [join(directory, "bin"), join(directory, "tmp")];
        await Promise.all([bin, TMPDIR].map((path) => mkdir(path)));
        await writeFile(join(bin, "pulumi"), PULUMI);
        await chmod(join(bin, "pulumi"), 0o755);
        const PATH = [bin, process.env["PATH"] ?? ""].join(delimiter);
        environment = { PATH, TMPDIR, NOTE: join(directory, "note") };
    });
    after(() => rm(directory, { recursive: true }));

    it("has a directory of its own for temporary files, of which nothing is left", async () => {
        await withEnvironment(environment, async () => {
            assert.equal(await read("config"), "drwx------");
            assert.equal(await note(), "drwx------\nkubeconfig1\n");
            assert.deepEqual(await left(), []);
        });
    });

    it("has it removed when it fails, too, whoever gave the environment", async () => {
        await withEnvironment(environment, async () => {
            await assert.rejects(feed("", process.env, "fail"), /^Error: pulumi fail: /);
            assert.equal(await note(), "drwx------\nkubeconfig1\n");
            assert.deepEqual(await left(), []);
        });
    });
});
