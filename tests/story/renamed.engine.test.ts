// A stack that gets another name: its files in the mirror are called otherwise from then on.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { RotationRecord } from "../../rotation/record.ts";
import { type Deployment, diagnostics, PASSWORD, steps } from "../support/deployment.ts";
import { useSandbox } from "../support/fixture.ts";
import { openNeighbour } from "../support/neighbour.ts";

describe("a stack that was renamed", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let renamed: Deployment;
    before(async () => {
        const { deployment, directory } = await openNeighbour(stage, "former", "first");
        await deployment.up();
        await deployment.must("stack", "rename", "present", "--cwd", directory);
        renamed = deployment.withEnvironment({
            PULUMI_STACK: "present",
            PULUMI_OPTION_CONFIG_FILE: join(directory, "Pulumi.present.yaml"), // it moved, too
        });
        stage.others.splice(stage.others.indexOf(deployment), 1, renamed);
    });

    it("has its next update write files of the new name, and rotates nothing", async () => {
        const outcome = await renamed.up();
        assert.deepEqual([steps(outcome, PASSWORD), diagnostics(outcome)], [[], {}]);
        const file = await stage.sandbox.github.file("former-credentials", "present.rotation.json");
        const { stack, generation } = JSON.parse(file ?? "") as RotationRecord;
        assert.deepEqual([stack, generation], ["present", "first"]);
        assert.equal((await renamed.up()).changes, 0);
    });

    it("is recovered by either name, with the key it had and without", async () => {
        const { output } = await renamed.must("stack", "output", "verificationKey");
        for (const name of ["former", "present"]) {
            for (const vouching of [[], ["--verification-key", output.trim()]]) {
                const recovered = await renamed.command(
                    ...["recover", "--github", "sandbox/former-credentials", "--stack", name],
                    ...["--identity", stage.sandbox.identity, "--output", "prometheus"],
                    ...["--to", "-", ...vouching],
                );
                assert.equal(recovered.exitCode, 0, recovered.output);
                assert.match(
                    recovered.output,
                    new RegExp(`^Recovering first of stack ${name} `, "m"),
                );
                assert.doesNotMatch(recovered.output, /it was renamed since/);
            }
        }
    });
});
