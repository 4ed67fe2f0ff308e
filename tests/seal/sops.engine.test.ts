// What we write, SOPS reads; what it then writes, we read.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { execa, type Result } from "execa";
import fc from "fast-check";
import { parse } from "yaml";
import { openSealed } from "../../seal/open.ts";
import { parseRecipients, type Recipient } from "../../seal/recipient.ts";
import { sealTo } from "../../seal/seal.ts";
import { renderManifest } from "../../mirror/manifest.ts";
import { provideTools } from "../../sandbox/toolchain/toolchain.ts";
import { settingsOf } from "../support/fleet.ts";
import { Gnupg } from "../support/gnupg.ts";

// Labels that YAML 1.1 and 1.2 take for a time, a number and a truth when they are not quoted.
const generations = ["2026-11-21", "1_000", "on"].map((label) => ({ label, value: `v-${label}` }));
const manifest = renderManifest(settingsOf(), {
    current: "2026-11-21",
    accepted: generations,
});

describe("a file of SOPS", function () {
    this.timeout(120_000);
    let sops: string;
    let directory: string;
    let gpg: Gnupg;
    let identity: string;
    let recipients: readonly Recipient[];

    before(async () => {
        sops = (await provideTools(["sops"])).sops.path;
        directory = await mkdtemp(join(tmpdir(), "sops-"));
        gpg = await Gnupg.start();
        const key = await gpg.make("Ada", { algorithm: "future-default" });
        identity = await generateIdentity();
        await writeFile(join(directory, "identity.txt"), `${identity}\n`);
        const texts = [await identityToRecipient(identity), await gpg.export(key)];
        recipients = await parseRecipients(texts, { now: new Date() });
    });
    after(async () => {
        await gpg.stop();
        await rm(directory, { recursive: true });
    });

    const age = () => ({ SOPS_AGE_KEY_FILE: join(directory, "identity.txt") });

    /** Runs sops with the one key that the environment names. */
    function run(env: Record<string, string>, ...args: string[]): Promise<Result> {
        const { PATH = "" } = process.env;
        const bare = { PATH, HOME: directory, GNUPGHOME: directory, ...env };
        return execa(sops, args, { env: bare, extendEnv: false, cwd: directory });
    }

    async function write(text: string, to = recipients): Promise<string> {
        const path = "prod.sops.yaml";
        const { [path]: sealed = "" } = await sealTo({ path, format: "sops" }, to).seal(text);
        await writeFile(join(directory, path), sealed);
        return path;
    }

    const readBack = (path: string): Promise<string> => readFile(join(directory, path), "utf8");

    it("is opened by sops with the age identity alone, and with the gpg key alone", async () => {
        const path = await write(manifest);
        const { stdout } = await run(age(), "decrypt", path);
        const { items } = parse(String(stdout)) as { items: { stringData: unknown }[] };
        const { stringData } = parse(manifest.split("---\n")[0] ?? "") as { stringData: unknown };
        assert.deepEqual(items[0]?.stringData, stringData);
        assert.equal(items.length, 2);
        assert.equal((await run(gpg.env, "decrypt", path)).stdout, stdout);
        await assert.rejects(run({}, "decrypt", path), { exitCode: 128 });
    });

    it("shows names and no values", async () => {
        const text = await readBack(await write(manifest));
        assert.match(text, /name: "agent-write-credential"/);
        for (const { value } of generations) assert.ok(!text.includes(value));
    });

    it("is opened by us as the manifest it was made of", async () => {
        const sealed = await readBack(await write(manifest));
        assert.equal(await openSealed(sealed, { age: identity }), manifest);
    });

    it("is opened by us after sops has changed a value, and rotated the data key", async () => {
        const path = await write(manifest);
        const where = '["items"][0]["stringData"]["token"]';
        await run(age(), "set", path, where, '"changed"');
        const changed = manifest.replace("v-2026-11-21", "changed");
        assert.equal(await openSealed(await readBack(path), { age: identity }), changed);
        await run({ ...age(), ...gpg.env }, "rotate", "--in-place", path);
        assert.equal(await openSealed(await readBack(path), { age: identity }), changed);
        const key = await gpg.exportPrivate(await gpg.fingerprint("Ada"));
        assert.equal(await openSealed(await readBack(path), { openpgp: { key } }), changed);
    });

    it("is refused by sops and by us once a value, a name or their order was changed", async () => {
        const path = await write(manifest);
        const sealed = await readBack(path);
        const value = /token: "(ENC\[[^"]+)"/.exec(sealed)?.[1] ?? "";
        for (const [tampered, message] of [
            [sealed.replace("agent-write-credential", "other"), /changed by other means than sops/],
            [sealed.replace(/"ENC\[[^"]+"/, '""'), /changed by other means than sops/],
            [
                sealed.replace(/(auth\.yml: )"ENC\[[^"]+"/, `$1"${value}"`),
                /^items\.stringData\.auth\.yml in/,
            ],
            [sealed.replace("^(data|stringData)$", "^data$"), /other rules than encrypted_regex/],
        ] as const) {
            assert.notEqual(tampered, sealed);
            await assert.rejects(openSealed(tampered, { age: identity }), { message });
            await writeFile(join(directory, path), tampered);
            await assert.rejects(run(age(), "decrypt", path), { name: "ExecaError" });
        }
    });

    it("holds any text in a value, as sops and we read it", async () => {
        const anyText = fc.record({
            key: fc.stringMatching(/^[a-z0-9._-]{1,9}$/),
            value: fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" })),
        });
        const to = recipients.slice(0, 1);
        await fc.assert(
            fc.asyncProperty(fc.array(anyText, { minLength: 1 }), async (entries) => {
                const stringData = Object.fromEntries(entries.map((e) => [e.key, e.value]));
                const path = await write(JSON.stringify({ kind: "Secret", stringData }), to);
                const { stdout } = await run(age(), "decrypt", "--output-type", "json", path);
                const [item] = (JSON.parse(String(stdout)) as { items: object[] }).items;
                const ours = parse(
                    await openSealed(await readBack(path), { age: identity }),
                ) as object;
                assert.deepEqual(ours, { kind: "Secret", stringData });
                assert.deepEqual(item, ours);
            }),
            { numRuns: 25 },
        );
    });

    it("has room for the data key as a key management service encrypts it", async () => {
        const arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
        const wrap = (dataKey: Uint8Array) => Promise.resolve(Buffer.from(dataKey).toString("hex"));
        const sealing = sealTo({ path: "x.yaml", format: "sops" }, recipients, [{ arn, wrap }]);
        assert.equal(sealing.readers.at(-1), arn);
        const { "x.yaml": sealed = "" } = await sealing.seal(manifest);
        const kms = (name: string, enc: string) => {
            assert.equal(name, arn);
            return Promise.resolve(Buffer.from(enc, "hex"));
        };
        assert.equal(await openSealed(sealed, { kms }), manifest);
        await writeFile(join(directory, "x.yaml"), sealed);
        await run(age(), "decrypt", "x.yaml");
    });
});
