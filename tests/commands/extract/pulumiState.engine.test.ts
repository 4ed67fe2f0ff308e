// What the real pulumi exports of a stack that has credentials in a RandomPassword, in Secrets and
// in its outputs.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machine } from "../../../commands/extract/machine.ts";
import { describe as tell } from "../../../commands/extract/place.ts";
import { pulumi } from "../../../commands/extract/pulumiState.ts";
import { mark } from "../../support/deployment.ts";
import { useSandbox } from "../../support/fixture.ts";

describe("extract -- pulumi", function () {
    this.timeout(60_000);
    const stage = useSandbox();
    let directory: string;
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "export-"));
    });
    after(() => rm(directory, { recursive: true }));

    const exportTo = async (name: string, ...options: readonly string[]) => {
        const path = join(directory, name);
        await stage.sandbox.engine.must("stack", "export", "--file", path, ...options);
        return path;
    };

    it("finds the password that is made, and the token of the sender's Secret", async () => {
        const path = await exportTo("export.json", "--show-secrets");
        const found = await pulumi.find([path], {}, machine);
        const token = await stage.senderToken();
        const { current } = await stage.deployment.rotation();
        const held = found.filter(({ value }) => value === token);
        assert.deepEqual(
            held.map(({ place, kind, plaintext, age }) => [place, kind, plaintext, age]).sort(),
            [
                ["kubernetes:core/v1:Secret prometheus: data.token", 0],
                [`random:index/randomPassword:RandomPassword write-${current}: result`, 0],
            ].map(([place, age]) => [`export.json: ${place}`, "bearer token", true, age]),
        );
        const told = JSON.stringify(found.map((one, index) => tell(one, index + 1)));
        for (const { value } of found) {
            if (value !== undefined) assert.ok(!told.includes(value), mark(value));
        }
    });

    it("refuses an export whose secrets are encrypted, in one line", async () => {
        const path = await exportTo("sealed.json");
        await assert.rejects(async () => pulumi.find([path], {}, machine), {
            message:
                `${path} has its secrets encrypted: run pulumi stack export --show-secrets --file ${path}, ` +
                "and remove it afterwards",
        });
    });
});
