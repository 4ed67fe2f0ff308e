import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configKey, projectName } from "../../commands/projectName.ts";

describe("projectName", () => {
    const former = process.cwd();
    let directory = "";
    beforeEach(async () => {
        directory = await mkdtemp(join(tmpdir(), "project-"));
        process.chdir(directory);
    });
    afterEach(async () => {
        process.chdir(former);
        await rm(directory, { recursive: true });
    });

    it("is what Pulumi.yaml says, and begins every key", async () => {
        await writeFile("Pulumi.yaml", "name: acme-credentials\nruntime: nodejs\n");
        assert.equal(projectName(), "acme-credentials");
        assert.equal(configKey("adopted.value"), "acme-credentials:adopted.value");
    });

    it("is told where it cannot be known", async () => {
        assert.throws(projectName, { message: /^there is no Pulumi\.yaml here: run this where/ });
        await writeFile("Pulumi.yaml", "runtime: nodejs\n");
        assert.throws(projectName, { message: /^Pulumi\.yaml has no name: run this where/ });
    });
});
