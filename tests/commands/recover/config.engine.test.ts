// `npm run recover -- --output config` on a stack of its own, with the real pulumi. That a new
// stack goes on from there is shown by the drill.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { parse } from "yaml";
import { FLEET, useMirrorRepository, valueOf } from "../../support/writtenMirror.ts";
import { Extraction, type Run } from "../../support/extraction.ts";

const NAMESPACE = "prometheus-write-secret";

describe("npm run recover -- --output config", function () {
    this.timeout(120_000);
    const mirror = useMirrorRepository();
    let stack: Extraction;
    before(async () => {
        stack = await Extraction.open();
    });
    after(() => stack.close());
    beforeEach(() => stack.reset());

    const recover = (...args: readonly string[]): Promise<Run> => {
        const source = ["--repository", mirror.repository, "--identity", mirror.identityFile];
        const command = [resolve("commands/recover.ts"), ...source, "--output", "config", ...args];
        return stack.run(process.execPath, command);
    };

    it("has the stack adopt a bearer token, and says what a new stack has no value of", async () => {
        await mirror.rotate(["b", "a"]);
        const { stderr, ...rest } = await recover();
        assert.deepEqual(rest, { exitCode: 0, stdout: "" });
        const [unvouched, recovering, what, ...lines] = stderr.split("\n");
        assert.match(unvouched ?? "", /^warning: nobody vouches for prod\.rotation\.json /);
        assert.match(recovering ?? "", /^Recovering b of stack prod .* by ada$/);
        assert.equal(what, "  adopted, in the configuration of the selected stack");
        assert.equal(
            lines.join("\n"),
            "Adopted b. Deploy with it: pulumi config set rotation b && pulumi up; then: npm run rotate\n" +
                "Receivers accept a too, which a new stack has no value of: where their Secrets are there already, " +
                "retireWithoutProof lets it end that",
        );
        assert.equal(await stack.get("--path", `${NAMESPACE}:adopted.value`), valueOf("b"));
        const { config } = parse(await stack.stackFile()) as { config: Record<string, object> };
        assert.deepEqual(Object.keys(config), [`${NAMESPACE}:adopted`]);
        assert.ok(!(await stack.stackFile()).includes(valueOf("b")));
    });

    it("sets the username of basic authentication along with the password", async () => {
        mirror.fleet = {
            senders: FLEET.senders.map((sender) => ({ ...sender, username: "push" })),
            receivers: FLEET.receivers.map((receiver) => ({ ...receiver, username: "push" })),
        };
        await mirror.rotate(["b"]);
        const { exitCode, stderr } = await recover();
        assert.equal(exitCode, 0, stderr);
        assert.equal(await stack.get("--path", `${NAMESPACE}:adopted.label`), "b");
        assert.equal(await stack.get("--path", `${NAMESPACE}:adopted.value`), valueOf("b"));
        assert.equal(await stack.get(`${NAMESPACE}:username`), "push");
    });

    it("replaces nothing the stack has adopted", async () => {
        await mirror.rotate(["a"]);
        await recover();
        const before = await stack.stackFile();
        await mirror.rotate(["b", "a"]);
        const { exitCode, stderr } = await recover("--force");
        assert.deepEqual(
            [exitCode, stderr.split("\n").at(-1)],
            [
                1,
                "error: the stack has adopted a credential already: where no sender uses that any more, " +
                    `pulumi config rm ${NAMESPACE}:adopted`,
            ],
        );
        assert.equal(await stack.stackFile(), before);
    });
});
