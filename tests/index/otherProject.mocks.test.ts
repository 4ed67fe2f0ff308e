// A project made from this one, under a name of its own: its configuration begins with that name,
// and what it makes is called as ever.
import assert from "node:assert/strict";
import { find, SECRET, Stack } from "../support/mockStack.ts";

describe("index.ts, of a project of another name", function () {
    this.timeout(60_000);
    const stack = new Stack("acme-credentials");
    before(() => stack.start());
    after(() => stack.stop());

    it("reads the configuration that begins with that name, and rotates", async () => {
        const first = await stack.update("2026");
        const second = await stack.update("2027", first);
        assert.deepEqual(second.result.rotation.accepted, ["2027", "2026"]);
        assert.ok(find(second, `${SECRET} agent`));
    });

    it("names the key at fault as it stands in that configuration", async () => {
        await assert.rejects(stack.update("not a label"), {
            message: /^acme-credentials:rotation: must be 1 to 40 letters and digits/,
        });
    });
});
