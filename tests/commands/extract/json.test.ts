// What a machine reads of the command line, where nothing is adopted: no pulumi is needed.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { execa } from "execa";
import { COMMAND } from "../../support/extraction.ts";

const CASES = resolve("tests/commands/extract/cases");

describe("extract --json", function () {
    this.timeout(60_000);
    const runs: readonly (readonly [string, readonly string[], string])[] = [
        ["M-json-flag-error", ["prometheus", "p.yml"], "p.yml is no YAML: see line 2, column 1"],
        ["M-tabs", ["prometheus", "--nope"], "unknown option '--nope'"],
        [
            "M-token-in-file-key",
            ["prometheus", "prometheus.yml"],
            "prometheus.yml: remote_write[0].authorization.credentials_file cannot be adopted: there is no such file, and what is given as its path may be the credential itself: check it there",
        ],
    ];
    for (const [folder, args, message] of runs) {
        it(`is JSON where ${args.join(" ")} of ${folder} ends in an error`, async () => {
            const { exitCode, stdout, stderr } = await execa(
                process.execPath,
                [COMMAND, ...args, "--json"],
                { cwd: resolve(CASES, folder), reject: false },
            );
            const { error } = JSON.parse(stdout) as { error: unknown };
            assert.deepEqual([exitCode, error], [1, message]);
            assert.equal(stderr.split("\n")[0], `error: ${message}`);
        });
    }
});
