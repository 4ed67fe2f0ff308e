// The whole life of a stack whose mirror is read by others than age: gpg, sops, and whoever may use
// a key of AWS KMS.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { identityToRecipient } from "age-encryption";
import { execa } from "execa";
import { provideTools } from "../../sandbox/toolchain/toolchain.ts";
import { type Moto, startMoto } from "../../sandbox/parts/moto.ts";
import { type Deployment, FILE, mark, PASSWORD, steps } from "../support/deployment.ts";
import { useSandbox } from "../support/fixture.ts";
import { Gnupg } from "../support/gnupg.ts";
import { openNeighbour } from "../support/neighbour.ts";

describe("a mirror for age and OpenPGP, then for SOPS and KMS", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let gpg: Gnupg;
    let sops: string;
    let moto: Moto;
    let deployment: Deployment;

    before(async () => {
        const { sandbox } = stage;
        gpg = await Gnupg.start();
        sops = (await provideTools(["sops"])).sops.path;
        moto = await sandbox.start("moto", startMoto(join(sandbox.directory, "logs")));
        const identity = (await readFile(sandbox.identity, "utf8")).trim();
        const key = await gpg.make("Ada", { algorithm: "future-default" });
        const neighbour = await openNeighbour(stage, "formats", "first", moto.environment);
        ({ deployment } = neighbour);
        await deployment.configure({
            recipients: [await identityToRecipient(identity), await gpg.export(key)],
        });
        await deployment.up();
    });
    after(() => gpg.stop());

    async function sealed(extension: string): Promise<string> {
        const text = await stage.sandbox.github.file("formats-credentials", `formats.${extension}`);
        assert.ok(text !== undefined, `there is no formats.${extension}`);
        return text;
    }

    const byAge = async (text: string): Promise<string> => {
        const { tools, identity } = stage.sandbox;
        const opening = ["--decrypt", "--identity", identity];
        return (await execa({ input: text })(tools.age.path, opening)).stdout;
    };

    /** Opened by sops with what the environment gives it alone. */
    const bySops = async (env: Readonly<Record<string, string>>): Promise<string> => {
        const { directory } = stage.sandbox;
        const file = join(directory, "formats.sops.yaml");
        await writeFile(file, await sealed("sops.yaml"));
        const { PATH = "" } = process.env;
        const bare = { PATH, HOME: directory, GNUPGHOME: directory, ...env };
        const options = { env: bare, extendEnv: false, cwd: directory };
        return (await execa(sops, ["decrypt", file], options)).stdout;
    };

    const token = async () => (await stage.secret("formats-write-credential")).files["token"] ?? "";

    it("is opened by gpg alone and by age alone, and holds what the sender has", async () => {
        const opened = await gpg.run(["--decrypt"], await sealed("yaml.asc"));
        assert.equal(mark(opened.trim()), mark(await byAge(await sealed("yaml.age"))));
        assert.ok(opened.includes(await token()));
    });

    it("stays as it is in an update that changes nothing", async () => {
        assert.equal((await deployment.up()).changes, 0);
    });

    it("is sealed anew for SOPS and a key of KMS, without a rotation", async () => {
        const client = new KMSClient(moto.client);
        const { KeyMetadata } = await client.send(new CreateKeyCommand());
        client.destroy();
        await deployment.configure({
            "mirror.format": "sops",
            aws: { region: moto.client.region, kmsRecipient: KeyMetadata?.Arn },
        });
        const outcome = await deployment.up();
        assert.deepEqual(steps(outcome, PASSWORD), []);
        assert.ok(steps(outcome, FILE).length > 0);
        const { directory, identity } = stage.sandbox;
        const keys = {
            age: { SOPS_AGE_KEY_FILE: identity },
            gpg: gpg.env,
            kms: { ...moto.environment, HOME: directory },
        };
        for (const [what, env] of Object.entries(keys)) {
            assert.ok((await bySops(env)).includes(await token()), `not opened by ${what}`);
        }
    });

    it("holds the next generation, which npm run recover gets by KMS alone", async () => {
        await deployment.rotateTo("second");
        assert.equal((await deployment.up()).changes, 0);
        const { exitCode, output } = await deployment.command(
            "recover",
            ...["--github", "sandbox/formats-credentials", "--stack", "formats", "--kms"],
            ...["--output", "environment", "--to", "-"],
        );
        assert.equal(exitCode, 0, "it was not recovered");
        const recovered = `PROMETHEUS_WRITE_GENERATION=second\nPROMETHEUS_WRITE_TOKEN=${await token()}`;
        assert.ok(output.endsWith(`\n${recovered}`), "another credential was recovered");
        deployment.printed.pop(); // it has the credential in it, as it was asked to
        assert.ok((await bySops(gpg.env)).includes(await token()));
    });
});
