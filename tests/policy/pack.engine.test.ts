// The pack as `pulumi preview --policy-pack policy` runs it, on a real engine.
import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import { PROJECT } from "../../sandbox/sandbox.ts";
import { useSandbox } from "../support/fixture.ts";

/** What the stack in `broken/` is told, a policy after the other. */
const REFUSALS = [
    "advisory credential-age: the credential 2020-01-01 is of 2020-01-01T00:00:00.000Z, older than 90 days: npm run rotate",
    "mandatory credentials-in-secrets-alone: ConfigMap monitoring/agent holds token of Secret monitoring/by-hand, as plain " +
        "text, in data.prometheus.yml: whoever can read that has the credential. Have it read from a Secret, and rotate: " +
        "npm run rotate",
    "mandatory mirror-has-a-recovery-key: the mirror is sealed for 1 of the 2 recipients that are wanted: with their keys " +
        "lost, so are its copies. Add a recovery key, kept elsewhere, to the setting recipients",
    "mandatory mirror-is-private: repository open-mirror is public: make it private (its Settings, Danger Zone), and " +
        "rotate, as its history has been read: npm run rotate",
    "mandatory passwords-are-long-and-rotated: RandomPassword short has 12 letters and digits, 32 are wanted: take the " +
        "setting length out, and rotate: npm run rotate",
    "mandatory passwords-are-long-and-rotated: RandomPassword short has no keeper, so no rotation replaces it: give it " +
        "keepers: { rotation: ... }",
    "mandatory receivers-by-https: ConfigMap monitoring/agent pushes to http://push.example.com/api/v1/write: have the " +
        "receiver answer over TLS, and set its url",
];

const BROKEN = join(PROJECT, "tests", "policy", "broken");

/** What the pack says, without the engine's own words around it. */
function violations({ output }: Outcome): readonly string[] {
    const [, block = ""] = /\nPolicies:\n([^]*?)\n\n/.exec(output) ?? [];
    return block
        .split(/\n +- /)
        .slice(1)
        .map((one) => {
            const [, level = "", name = "", message = ""] =
                /^\[(\w+)\] +(\S+) [^]*\n +(.+)$/.exec(one) ?? [];
            return `${level} ${name}: ${message}`;
        })
        .sort();
}

describe("the policy pack", function () {
    this.timeout(120_000);
    const stage = useSandbox();
    let directory: string;
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "policy-"));
    });
    after(() => rm(directory, { recursive: true }));

    it("lets the stack of this program pass once it has a recovery key", async () => {
        const { deployment } = stage;
        const refused = await deployment.run("preview", "--policy-pack", "policy");
        assert.notEqual(refused.exitCode, 0);
        assert.deepEqual(violations(refused), [
            "mandatory mirror-has-a-recovery-key: the mirror is sealed for 1 of the 2 recipients that are wanted: with " +
                "their keys lost, so are its copies. Add a recovery key, kept elsewhere, to the setting recipients",
        ]);
        const key = await identityToRecipient(await generateIdentity());
        await deployment.configured({ "recipients.1": key }, async () => {
            const passed = await deployment.must("preview", "--policy-pack", "policy");
            assert.match(passed.output, /✅ prometheus-write-secret@v/);
            assert.deepEqual(violations(passed), []);
        });
    });

    it("refuses what breaks each policy, says what was found and what to do, and tells no secret", async () => {
        const file = join(directory, "Pulumi.broken.yaml");
        await writeFile(file, "config: { github:owner: sandbox }\n");
        await copyFile(join(BROKEN, "Pulumi.yaml"), join(directory, "Pulumi.yaml"));
        const engine = stage.sandbox.engine.withEnvironment({
            PULUMI_STACK: "broken",
            PULUMI_OPTION_CONFIG_FILE: file,
        });
        await engine.must("stack", "init", "broken", "--cwd", directory);
        const asked = ["--cwd", BROKEN, "--policy-pack", join(PROJECT, "policy")];
        const outcome = await engine.run("preview", ...asked);
        assert.notEqual(outcome.exitCode, 0);
        assert.deepEqual(violations(outcome), REFUSALS);
        assert.ok(!outcome.output.includes("a-token-somebody-made"));
        const config = join(directory, "config.json");
        const disabled = [
            ...["credentials-in-secrets-alone", "mirror-has-a-recovery-key", "mirror-is-private"],
            ...["passwords-are-long-and-rotated", "receivers-by-https"],
        ].map((name) => [name, "disabled"] as const);
        const age = { days: 30, enforcementLevel: "mandatory" };
        const settings = { ...Object.fromEntries(disabled), "credential-age": age };
        await writeFile(config, JSON.stringify(settings));
        const other = await engine.run("preview", ...asked, "--policy-pack-config", config);
        assert.notEqual(other.exitCode, 0);
        const [overdue = ""] = REFUSALS;
        const words = overdue.replace("advisory", "mandatory").replace("90 days", "30 days");
        assert.deepEqual(violations(other), [words]);
    });
});
