// What calls the program elsewhere, judged by its own linters and schemas.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { globSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { provideProgram } from "../../sandbox/toolchain/debian.ts";
import { providePython } from "../../sandbox/toolchain/python.ts";
import { provideTools } from "../../sandbox/toolchain/toolchain.ts";
import { provideAnsible } from "../support/ansible.ts";

const CHECK_JSONSCHEMA = { title: "check-jsonschema", requirement: "check-jsonschema==0.39.0" };

/** Files by the schema they follow, of those that check-jsonschema ships. */
const SCHEMAS: Readonly<Record<string, string>> = {
    "vendor.github-workflows": ".github/workflows/*.yml",
    "vendor.github-actions": ".github/actions/prepare/action.yml",
    "vendor.gitlab-ci": "examples/gitlab/.gitlab-ci.yml",
    "vendor.bitbucket-pipelines": "examples/bitbucket/bitbucket-pipelines.yml",
};

describe("linters", function () {
    this.timeout(300_000);

    it("actionlint finds nothing in the workflows", async () => {
        const { actionlint } = await provideTools(["actionlint"]);
        const { exitCode, all } = await execa(actionlint.path, { all: true, reject: false });
        assert.deepEqual({ exitCode, all }, { exitCode: 0, all: "" });
    });

    it("gitleaks finds no secret in what is committed, and one where one is", async () => {
        const { gitleaks } = await provideTools(["gitleaks"]);
        const directory = await mkdtemp(join(tmpdir(), "committed-"));
        await execa("git", ["checkout-index", "--all", `--prefix=${directory}/`]);
        const scan = () => {
            const how = ["--no-banner", "--no-color", "--redact", "--verbose"];
            return execa(gitleaks.path, ["dir", ...how, directory], { all: true, reject: false });
        };
        const { exitCode, all } = await scan();
        assert.equal(exitCode, 0, all);
        const token = `ghp_${randomBytes(18).toString("hex")}`;
        await writeFile(join(directory, "Pulumi.prod.yaml"), `config:\n    token: ${token}\n`);
        assert.match((await scan()).all, /RuleID: +github-pat[^]*Pulumi\.prod\.yaml/);
        await rm(directory, { recursive: true });
    });

    for (const [schema, pattern] of Object.entries(SCHEMAS)) {
        it(`${pattern} follows ${schema}`, async () => {
            const python = await providePython(CHECK_JSONSCHEMA);
            const files = globSync(pattern);
            assert.notDeepEqual(files, []);
            const args = ["-m", "check_jsonschema", "--builtin-schema", schema, ...files];
            const { exitCode, all } = await execa(python, args, { all: true, reject: false });
            assert.equal(exitCode, 0, all);
        });
    }

    it("systemd-analyze finds nothing in the units, and something in one that is wrong", async () => {
        const { path, environment } = await provideProgram("systemd-analyze", "systemd");
        const verify = async (...units: readonly string[]) => {
            const args = ["verify", "--man=no", ...units];
            const options = { all: true, reject: false, env: environment } as const;
            return (await execa(path, args, options)).all; // it ends with 0 where it only warns
        };
        assert.equal(await verify(...globSync("examples/systemd/*")), "");
        const directory = await mkdtemp(join(tmpdir(), "units-"));
        const wrong = join(directory, "wrong.service");
        await writeFile(wrong, "[Service]\nType=oneshoot\nExecStart=/usr/bin/env true\n");
        assert.match(await verify(wrong), /Failed to parse service type/);
        await rm(directory, { recursive: true });
    });

    it("ansible-playbook finds nothing in the playbook", async () => {
        const playbook = await provideAnsible("playbook");
        const said = await playbook(
            "--syntax-check",
            "--inventory",
            "rotator,",
            "examples/ansible/rotate.yml",
        );
        assert.match(said, /playbook: examples\/ansible\/rotate\.yml/);
    });
});
