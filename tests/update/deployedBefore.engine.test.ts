// A stack that an earlier program deployed: the state it left, and the configuration it was given,
// are kept in deployedBefore/. Nothing of it may be another today, down to names and annotations.
import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT } from "../../sandbox/sandbox.ts";
import { REPOSITORY, useSandbox } from "../support/fixture.ts";

const KEPT = join(PROJECT, "tests", "update", "deployedBefore");

describe("a stack that an earlier program deployed", function () {
    this.timeout(120_000);
    const stage = useSandbox();

    it("previews without changes", async () => {
        const { sandbox } = stage;
        // The preview asks for it, as it would be asked of the stack's own repository.
        assert.equal(await sandbox.github.visibility(REPOSITORY), "private");
        const directory = join(sandbox.directory, "before");
        await mkdir(join(directory, "state"), { recursive: true });
        await cp(KEPT, directory, { recursive: true });
        const { KUBECONFIG = "", GITHUB_BASE_URL = "" } = sandbox.engine.environment;
        const state = (await readFile(join(directory, "state.json"), "utf8"))
            .replaceAll("@KUBECONFIG@", KUBECONFIG)
            .replaceAll("@GITHUB@", GITHUB_BASE_URL.replace(/\/$/, ""));
        await writeFile(join(directory, "state.json"), state);
        const engine = sandbox.engine.withEnvironment({
            PULUMI_BACKEND_URL: `file://${join(directory, "state")}?metadata=skip`,
            PULUMI_CONFIG_PASSPHRASE_FILE: join(directory, "passphrase"),
            PULUMI_OPTION_CONFIG_FILE: join(directory, "Pulumi.dev.yaml"),
        });
        // It writes beside Pulumi.yaml, so not in the project.
        await cp(join(PROJECT, "Pulumi.yaml"), join(directory, "Pulumi.yaml"));
        await engine.must("stack", "init", "dev", "--cwd", directory);
        await engine.must("stack", "import", "--file", join(directory, "state.json"));
        // Its cluster is gone, so it is not read anew.
        const { output } = await engine.must("preview", "--expect-no-changes", "--refresh=false");
        assert.match(output, /\b21 unchanged\b/);
    });
});
