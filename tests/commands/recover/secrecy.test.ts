// What can be seen of a recovery from outside. It does not prove that nothing was ever in a file
// that is gone: the directory for temporary files is looked at when all is over.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Place, Scanner } from "../../support/scan.ts";
import { useMirrorRepository, valueOf } from "../../support/writtenMirror.ts";
import { watchProcesses } from "../../support/processesOf.ts";
import { recover } from "../../support/recovering.ts";

describe("a recovery", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();

    for (const output of ["manifests", "files", "environment"]) {
        it(`of ${output} shows neither credential nor key to anybody`, async () => {
            await mirror.rotate(["a"]);
            await mirror.rotate(["b", "a"]);
            const to = join(mirror.directory, "recovered");
            const args = ["--identity", mirror.identityFile, "--output", output, "--to", to];
            const { result, seen } = await watchProcesses(() => recover(mirror, args));
            assert.equal(result.code, 0, result.err);
            const scanner = new Scanner(
                new Map([
                    [valueOf("a"), "the former credential"],
                    [valueOf("b"), "the credential"],
                    [mirror.identity, "the key"],
                ]),
            );
            const lines = [...seen.commandLines];
            assert.ok(
                lines.some((line) => line.includes("commands/recover.ts")),
                "saw no recovery",
            );
            const places: Place[] = [
                ...lines.map((line): Place => ["a process", line]),
                ...[...seen.variables].map((line): Place => ["an environment", line]),
                ["standard output", result.out],
                ["standard error", result.err],
            ];
            assert.deepEqual(scanner.find(places), []);
        });
    }

    it("leaves the credential in the file it was asked for alone, and the key in its own", async () => {
        await mirror.rotate(["b", "a"]);
        const to = join(mirror.directory, "recovered");
        const args = ["--identity", mirror.identityFile, "--output", "environment", "--to", to];
        assert.equal((await recover(mirror, args)).code, 0);
        const entries = await readdir(mirror.directory, { recursive: true, withFileTypes: true });
        const files = entries.filter((entry) => entry.isFile());
        const places = files.map(async ({ parentPath, name }): Promise<Place> => {
            return [name, await readFile(join(parentPath, name), "latin1")];
        });
        const known = new Map([
            [valueOf("b"), "the credential"],
            [mirror.identity, "the key"],
        ]);
        assert.deepEqual(new Scanner(known).find(await Promise.all(places)).sort(), [
            "recovered: the credential as plain text",
            "recovery.txt: the key as plain text",
        ]);
    });
});
