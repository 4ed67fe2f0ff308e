// What can be seen of a recovery from outside. It does not prove that nothing was ever in a file
// that is gone: the directory for temporary files is looked at when all is over.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Place, Scanner } from "../../support/scan.ts";
import { useMirrorRepository, valueOf } from "../../support/writtenMirror.ts";
import { watchProcesses } from "../../support/processes.ts";
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
            const { outcome, sightings } = await watchProcesses(() => recover(mirror, args));
            assert.equal(outcome.code, 0, outcome.err);
            const scanner = new Scanner(
                new Map([
                    [valueOf("a"), "the former credential"],
                    [valueOf("b"), "the credential"],
                    [mirror.identity, "the key"],
                ]),
            );
            assert.ok(
                sightings.some(({ args }) => args.includes("commands/recover.ts")),
                "saw no recovery",
            );
            const places: Place[] = [
                ...sightings.map(({ args }): Place => ["a process", args]),
                ...sightings.flatMap(({ variables }): Place[] =>
                    variables.map((one) => ["an environment", one]),
                ),
                ["standard output", outcome.out],
                ["standard error", outcome.err],
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
