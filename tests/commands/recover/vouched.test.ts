// Whom the command believes. Whoever can write to the mirror can seal to its public keys: these
// tests do.
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../../rotation/digest.ts";
import { deriveSigningKey, renderVerificationKey } from "../../../mirror/signingKey.ts";
import { recover, recoverShowing } from "../../support/recovering.ts";
import { FLEET, type MirrorRepository, useMirrorRepository } from "../../support/writtenMirror.ts";

const KEY = deriveSigningKey("the random text in the state of the stack");
const LINE = renderVerificationKey(KEY, "prometheus-write-secret/prod");
const SEALED = "prod.yaml.age";
const RECORD = "prod.rotation.json";
const SIGNATURE = `${RECORD}.sig`;

type Json = Readonly<Record<string, unknown>>;

describe("recover --verification-key", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();
    beforeEach(() => {
        mirror.signingKey = KEY;
    });

    const opening = (...more: readonly string[]): string[] => [
        ...["--identity", mirror.identityFile, "--output", "manifests"],
        ...more,
    ];
    const vouching = (...more: readonly string[]) => opening("--verification-key", LINE, ...more);
    const show = (...args: readonly string[]) =>
        recoverShowing(mirror, ["--repository", mirror.repository, ...args]);
    const read = (path: string): Promise<string> => readFile(join(mirror.repository, path), "utf8");

    /** Runs what must be refused; resolves to its one line. */
    async function refused(args: readonly string[] = vouching()): Promise<string> {
        const { code, out, err } = await show(...args);
        assert.deepEqual([code, out, err.split("\n").length], [1, "", 1], err);
        return err.replace(/\(commit [0-9a-f]{10}\)/, "(commit ...)");
    }

    /** The record with changes, in a commit that leaves its signature as it is. */
    async function forgeRecord(changes: Json): Promise<void> {
        const record = { ...(JSON.parse(await read(RECORD)) as Json), ...changes };
        await mirror.commit({ [RECORD]: `${JSON.stringify(record, undefined, 4)}\n` }, "Forged");
    }

    it("goes by what it signed, and shows what is about to be written", async () => {
        await mirror.rotate(["b", "a"]);
        const to = join(mirror.directory, "restore.yaml");
        const file = join(mirror.directory, "verification.pub");
        await writeFile(file, `${LINE}\n`);
        const { code, err } = await show(...opening("--verification-key", file, "--to", to));
        assert.deepEqual(
            [code, err.split("\n")],
            [
                0,
                [
                    "Recovering b of stack prod (acme/prometheus-write-secret), with a accepted too, recorded 2026-11-21T10:02Z by ada, " +
                        "signed by the verification key",
                    "  Secret monitoring/edge-write-credential: token",
                    "  Secret receiving/central-auth: auth.yml, to http://vminsert:8480",
                    `Recovered b of stack prod: wrote ${to}; receivers accept a too`,
                ],
            ],
        );
    });

    it("warns without it, and shows the same", async () => {
        await mirror.rotate(["b"]);
        const { code, err } = await show(...opening("--output", "prometheus"));
        assert.equal(code, 0);
        assert.deepEqual(err.replace(/\(commit [0-9a-f]{10}\)/, "(commit ...)").split("\n"), [
            `warning: nobody vouches for ${RECORD} (commit ...): whoever can write to the mirror can write one, and ` +
                "seal a file to public keys; give the stack output verificationKey by --verification-key, or compare " +
                "what is shown",
            "Recovering b of stack prod (acme/prometheus-write-secret), recorded 2026-11-21T10:02Z by ada",
            "  remote_write to https://push.example/api/v1/write",
        ]);
    });

    /** What somebody puts on top of a signed rotation, and where without the key it would go. */
    const forgeries: Readonly<Record<string, readonly [(to: MirrorRepository) => void, RegExp]>> = {
        "another receiver's address": [
            (to) => {
                const [receiver] = FLEET.receivers;
                assert.ok(receiver);
                const forged = { ...receiver, upstream: "http://thief.example:8480" };
                to.fleet = { ...FLEET, receivers: [forged] };
            },
            /^ {2}Secret receiving\/central-auth: auth\.yml, to http:\/\/thief\.example:8480$/m,
        ],
        "a Secret of kube-system": [
            (to) => {
                const senders = FLEET.senders.map((one) => ({ ...one, namespace: "kube-system" }));
                to.fleet = { ...FLEET, senders };
            },
            /^ {2}Secret kube-system\/edge-write-credential: token$/m,
        ],
        "a Secret of another name": [
            (to) => {
                const senders = FLEET.senders.map((one) => ({ ...one, secret: "admin" }));
                to.fleet = { ...FLEET, senders };
            },
            /^ {2}Secret monitoring\/admin: token$/m,
        ],
    };
    for (const [what, [forge, shown]] of Object.entries(forgeries)) {
        it(`refuses ${what}, which is shown without it`, async () => {
            await mirror.rotate(["b", "a"]);
            forge(mirror);
            mirror.signingKey = undefined;
            await mirror.rotate(["b", "a"]);
            assert.equal(
                await refused(),
                `error: nobody vouches for ${RECORD} (commit ...): its signature is of another text: it was changed ` +
                    "since; without --output it says what is vouched for, and --generation takes that",
            );
            const { code, err } = await show(...opening());
            assert.equal(code, 0);
            assert.match(err, shown);
            // What was signed is there still.
            const { err: said } = await show(...vouching("--generation", "b"));
            assert.match(said, /^ {2}Secret receiving\/central-auth: auth\.yml, to http:\/\/vm/m);
            assert.doesNotMatch(said, shown);
        });
    }

    it("refuses a record whose digest was swapped, and one of another key", async () => {
        await mirror.rotate(["b", "a"]);
        const forged = await mirror.seal(["b", "a"]);
        await forgeRecord({ sealedSha256: sha256(forged[SEALED] ?? "") });
        assert.match(await refused(), /its signature is of another text: it was changed since/);
        mirror.signingKey = deriveSigningKey("of somebody else");
        await mirror.record(["b", "a"], forged);
        assert.match(await refused(), /it is signed with SHA256:\S+, and the verification key is /);
    });

    it("refuses the record of another stack, with all that goes with it", async () => {
        await mirror.rotate(["b", "a"]);
        mirror.signingKey = deriveSigningKey("of the stack dev");
        await mirror.rotate(["c"], "dev");
        const dev = {
            [SEALED]: await read("dev.yaml.age"),
            [RECORD]: await read("dev.rotation.json"),
            [SIGNATURE]: await read("dev.rotation.json.sig"),
        };
        await mirror.commit(dev, "Forged");
        assert.match(await refused(vouching("--stack", "prod")), /it is signed with SHA256:/);
        const { err } = await show(...opening("--stack", "prod"));
        assert.match(
            err,
            /^warning: the record is of a stack dev, its files of prod: it was renamed since, or this is another one's$/m,
        );
    });

    it("refuses a record of before it was signed, and says so", async () => {
        mirror.signingKey = undefined;
        await mirror.rotate(["b", "a"]);
        const reason = `there is no ${SIGNATURE}: a release that did not sign wrote it, or somebody else`;
        assert.equal(
            await refused(),
            `error: nobody vouches for ${RECORD} (commit ...): ${reason}; without --output it says what is vouched ` +
                "for, and --generation takes that",
        );
        assert.match(
            await refused(vouching("--generation", "b")),
            /^error: no record that the verification key signed holds the SHA-256 of prod\.yaml\.age /,
        );
        assert.equal((await recover(mirror, opening())).code, 0);
        assert.match(
            await refused(vouching("--unverified")),
            /^error: take one of --verification-key and --unverified$/,
        );
    });

    it("goes by the last rotation when somebody puts an older one back", async () => {
        await mirror.rotate(["a"]);
        const files = [SEALED, RECORD, SIGNATURE];
        const older = await Promise.all(files.map(async (path) => [path, await read(path)]));
        await mirror.rotate(["b", "a"]);
        await mirror.commit(Object.fromEntries(older) as Record<string, string>, "Put back");
        const { code, err } = await show(...vouching());
        assert.equal(code, 0);
        assert.equal(
            err.split("\n")[0],
            "warning: the newest record in the mirror, of 2026-11-21T10:02Z, is older than another in its history, of " +
                "2026-11-21T10:04Z: somebody put it back; what is recovered is what was recorded last",
        );
        assert.match(
            err,
            /^Recovering b of stack prod .*, recorded 2026-11-21T10:04Z by ada, signed/m,
        );
        // Without a history nobody can tell, so its date is shown.
        await rm(join(mirror.repository, ".git"), { recursive: true });
        assert.match(
            (await show(...vouching())).err,
            /^Recovering a .*, recorded 2026-11-21T10:02Z /,
        );
    });

    it("recovers a stack that was renamed, whoever vouches", async () => {
        await mirror.rotate(["b", "a"], "former");
        const names = [".yaml.age", ".rotation.json", ".rotation.json.sig"];
        const renamed = names.map(async (ending) => [
            `prod${ending}`,
            await read(`former${ending}`),
        ]);
        await mirror.commit(
            Object.fromEntries(await Promise.all(renamed)) as Record<string, string>,
            "Record former at b",
        );
        for (const args of [opening(), vouching()]) {
            const { code, err } = await show(...args, "--stack", "prod");
            assert.equal(code, 0, err);
            assert.match(err, /^warning: the record is of a stack former, its files of prod: /m);
        }
    });

    it("says in the list what it does not vouch for", async () => {
        await mirror.rotate(["a"]);
        mirror.signingKey = undefined;
        await mirror.rotate(["b", "a"]);
        const { code, out, err } = await show("--verification-key", LINE);
        assert.equal(code, 0);
        assert.match(
            err,
            /^warning: nobody vouches for prod\.rotation\.json \(commit \w+\): [^\n]+$/,
        );
        assert.match(out, /^ {2}b +unrecorded .*\n {2}a +current /m);
    });

    for (const [what, given] of Object.entries({
        "a file that is not there": "nowhere.pub",
        "a key of another type": "ssh-ed25519 AAAAB3NzaC1yc2E=",
    })) {
        it(`refuses ${what}`, async () => {
            await mirror.rotate(["a"]);
            const line = await refused(opening("--verification-key", given));
            assert.match(
                line,
                /^error: (the verification key nowhere\.pub cannot be read: there is no such file|--verification-key must be one line, "ssh-ed25519 AAAA\.\.\.", or a file with it)$/,
            );
        });
    }

    it("shows what a terminal would obey, and a date that is none, in glyphs", async () => {
        await mirror.rotate(["a"]);
        const by = "ada\u001b[2J\u202e\nerror: forged";
        const proven = [
            { receiver: "\u009b1m", url: "javascript:alert(1)", how: "probe", at: "never" },
        ];
        await forgeRecord({ by, finished: "yesterday", proven });
        const { code, out, err } = await show(...opening());
        assert.equal(code, 0);
        assert.match(out, /^apiVersion: v1$/m);
        assert.equal(
            err.split("\n")[1],
            String.raw`Recovering a of stack prod (acme/prometheus-write-secret), recorded no date (yesterday) by ada\u001b[2J\u202e\u000aerror: forged`,
        );
        const listed = await show();
        assert.match(
            listed.out,
            /no date \(yesterday\) +ada\\u001b\[2J\\u202e\\u000aerror: forged/,
        );
        const machine = await show("--json");
        for (const unseen of "\u001b\u009b\u202e") assert.ok(!machine.out.includes(unseen));
        const { stacks } = JSON.parse(machine.out) as {
            stacks: [{ generations: [{ by: string }] }];
        };
        assert.equal(stacks[0].generations[0].by, by);
        assert.match(
            await refused(opening("--output", "prometheus")),
            /^error: give the URL senders push to by --url: the record names javascript:alert\(1\)$/,
        );
    });

    for (const [what, changes] of Object.entries({
        "labels that are none": { accepted: ["a", "b; reboot"] },
        "no list of proofs": { proven: null },
        "another format": { format: 2 },
    })) {
        it(`takes a record with ${what} for none`, async () => {
            await mirror.rotate(["a"]);
            await forgeRecord(changes);
            const { code, out } = await show("--json");
            assert.equal(code, 0);
            const { stacks } = JSON.parse(out) as {
                stacks: [{ generations: [{ commit: string }] }];
            };
            assert.equal(stacks[0].generations.length, 1); // by the record before it
            assert.match(await refused(), /: it is no record of a rotation; /);
        });
    }
});
