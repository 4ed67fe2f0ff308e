// States as the real OpenTofu writes, prints and encrypts them, with its own provider alone; those
// of other providers, and Terraform's, are in terraformState.test.ts.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { machine } from "../../../commands/extract/machine.ts";
import { terraform } from "../../../commands/extract/terraformState.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";

const PUSH = `
variable "password" { sensitive = true }
resource "terraform_data" "this" { input = { username = "edge", password = var.password } }
`;
const MAIN = `
variable "password" { sensitive = true }
module "push" {
  source   = "./push"
  for_each = toset(["eu"])
  password = var.password
}
output "push_username" { value = "edge" }
output "push_password" {
  value     = var.password
  sensitive = true
}
`;
const ENCRYPTION = `
key_provider "pbkdf2" "people" { passphrase = "a passphrase that is long enough" }
method "aes_gcm" "sealed" { keys = key_provider.pbkdf2.people }
state { method = method.aes_gcm.sealed }
`;

describe("extract -- terraform", function () {
    this.timeout(120_000);
    const password = randomBytes(24).toString("base64url");
    let directory: string;
    let tofu: (...args: readonly string[]) => Promise<string>;

    before(async () => {
        const command = (await provideTools(["tofu"])).tofu.path;
        directory = await mkdtemp(join(tmpdir(), "tofu-"));
        await mkdir(join(directory, "push"));
        await writeFile(join(directory, "push", "main.tf"), PUSH);
        await writeFile(join(directory, "main.tf"), MAIN);
        tofu = async (...args) => {
            const { PATH = "" } = process.env;
            const encryption = args.includes("-state=sealed.tfstate") ? ENCRYPTION : "";
            const { stdout } = await execa(command, args, {
                cwd: directory,
                extendEnv: false,
                env: {
                    ...{ PATH, HOME: directory, CHECKPOINT_DISABLE: "1" },
                    ...{ TF_IN_AUTOMATION: "1", TF_VAR_password: password },
                    ...(encryption && { TF_ENCRYPTION: encryption }),
                },
            });
            return stdout;
        };
        await tofu("init", "-input=false");
        await tofu("apply", "-auto-approve", "-input=false");
        await writeFile(join(directory, "shown.json"), await tofu("show", "-json"));
    });
    after(() => rm(directory, { recursive: true }));

    const find = async (file: string, options: Readonly<Record<string, string>> = {}) => {
        const found = await terraform.find([join(directory, file)], options, machine);
        for (const { value } of found) assert.ok(value === password, "another value was found");
        return found.map(({ place, kind, username }) => [place, kind, username]);
    };

    for (const file of ["terraform.tfstate", "shown.json"]) {
        it(`finds a sensitive output, and what an address names, in ${file}`, async () => {
            assert.deepEqual(await find(file), [
                [`${file}: output.push_password`, "basic auth", "edge"],
            ]);
            const address = 'module.push["eu"].terraform_data.this.input.password';
            assert.deepEqual(await find(file, { address }), [
                [`${file}: ${address}`, "basic auth", "edge"],
            ]);
        });
    }

    it("refuses a state that OpenTofu encrypted, and says what to give instead", async () => {
        await tofu("apply", "-auto-approve", "-input=false", "-state=sealed.tfstate");
        const path = join(directory, "sealed.tfstate");
        await assert.rejects(find("sealed.tfstate"), {
            message: `${path} is encrypted by OpenTofu: give the output of tofu show -json, run where its key is`,
        });
    });
});
