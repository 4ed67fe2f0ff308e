import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey, reformatKey } from "openpgp";
import { openSealed } from "../../../seal/open.ts";
import { Stack, STASH, find, recordOf, type Update } from "../../support/mockStack.ts";

const DAY_SECONDS = 86_400;

/** A key that expires, and the same key renewed, under another user id. */
async function renewable(): Promise<Record<"soon" | "renewed", string> & { name: string }> {
    const options = { keyExpirationTime: 20 * DAY_SECONDS, format: "object" } as const;
    const pair = await generateKey({ userIDs: [{ name: "Ada" }], ...options });
    const userIDs = [{ name: "Ada Lovelace" }];
    const { publicKey } = await reformatKey({ privateKey: pair.privateKey, userIDs });
    const name = `openpgp:${pair.publicKey.getFingerprint().toUpperCase()}`;
    return { soon: pair.publicKey.armor(), renewed: publicKey, name };
}

function stashed(made: Update): { files: Record<string, string>; recipients: string[] } {
    const { inputs, options } = find(made, STASH);
    assert.notEqual(options.replacementTrigger, undefined);
    return (inputs as { input: ReturnType<typeof stashed> }).input;
}

const triggerOf = (made: Update) => find(made, STASH).options.replacementTrigger;

describe("index.ts, of OpenPGP recipients", () => {
    const stack = new Stack();
    let ada: Awaited<ReturnType<typeof renewable>>;
    let first: Update, added: Update;
    let directory: string;

    before(async () => {
        await stack.start();
        ada = await renewable();
        directory = await mkdtemp(join(tmpdir(), "recipients-"));
        first = await stack.update("q1");
        added = await stack.update("q1", first, { recipients: [stack.recipient, ada.soon] });
    });
    after(async () => {
        await stack.stop();
        await rm(directory, { recursive: true });
    });

    it("seals anew for one that is added, without another generation", () => {
        assert.notEqual(triggerOf(added), triggerOf(first));
        assert.deepEqual(stashed(added).recipients, [stack.recipient, ada.name]);
        assert.deepEqual(added.result.rotation.accepted, ["q1"]);
        assert.deepEqual(added.result.mirrored.paths, ["dev.yaml.age", "dev.yaml.asc"]);
    });

    it("seals the same for both", async () => {
        const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: "Bob" }] });
        const recipients = [stack.recipient, publicKey];
        const { files } = stashed(await stack.update("q1", first, { recipients }));
        const { "dev.yaml.age": age = "", "dev.yaml.asc": asc = "" } = files;
        const opened = await openSealed(age, { age: stack.identity });
        assert.match(opened, /name: agent-write-credential/);
        assert.equal(await openSealed(asc, { openpgp: { key: privateKey } }), opened);
    });

    it("records the digest of each file", () => {
        const { sealedSha256, alsoSealed = {} } = recordOf(added);
        assert.deepEqual(Object.keys(alsoSealed), ["dev.yaml.asc"]);
        assert.notEqual(sealedSha256, recordOf(first).sealedSha256);
    });

    it("warns of a key that expires within 30 days", () => {
        const [line = "", ...others] = added.said;
        assert.deepEqual(others, []);
        const title = `${ada.name.slice("openpgp:".length)} \\(Ada\\)`;
        const words = "give it as renewed by its owner before, or updates are refused";
        assert.match(
            line,
            new RegExp(`^warning: recipient ${title} expires on [0-9-]{10}: ${words}$`),
        );
    });

    it("takes a renewed key, given by fingerprint or under another user id, for the same", async () => {
        const keyring = join(directory, "keys.asc");
        await writeFile(keyring, ada.renewed);
        const given = [{ recipients: [stack.recipient, ada.renewed] }].concat({
            recipients: [stack.recipient, ada.name],
            ...{ keyring },
        });
        for (const changes of given) {
            const renewed = await stack.update("q1", added, changes);
            assert.deepEqual(stashed(renewed).recipients, [stack.recipient, ada.name]);
            assert.equal(triggerOf(renewed), triggerOf(added));
            assert.deepEqual(renewed.said, []);
        }
    });

    it("lets one go only with a new generation, as it can read the history", async () => {
        await assert.rejects(stack.update("q1", added), {
            message:
                `prometheus-write-secret:recipients no longer lists ${ada.name}, who can read q1 in the history of ` +
                "the mirror: set rotation to a new label in the same change",
        });
        assert.deepEqual(stashed(await stack.update("q2", added)).recipients, [stack.recipient]);
    });

    it("names one that was let go, what they still get in with, and what ends that", async () => {
        const dropping = await stack.update("q2", added);
        const said = dropping.said.filter((line) => line.includes("recipients no longer lists"));
        assert.deepEqual(said, [
            `warning: recipients no longer lists ${ada.name}, who can read q1 in the history of the mirror and get in with ` +
                "that for as long as receivers accept it: after this update, npm run retire -- q1",
        ]);
        assert.deepEqual((await stack.update("q2", dropping)).said, []);
    });

    it("refuses a keyring that cannot be read, and a short key id", async () => {
        await assert.rejects(stack.update("q1", first, { keyring: "absent.gpg" }), {
            message:
                "prometheus-write-secret:keyring: absent.gpg cannot be read (ENOENT): write it with gpg --export",
        });
        for (const [text, fault] of [
            [
                "openpgp:06C4C2D8E71C22AB",
                "is no fingerprint of 40 hex digits: short key ids can be forged, gpg --fingerprint prints it whole",
            ],
            [
                "0x06C4C2D8E71C22AB",
                "looks like an OpenPGP key: give openpgp:<its full fingerprint>, and a keyring",
            ],
        ] as const) {
            await assert.rejects(stack.update("q1", first, { recipients: [text] }), {
                message: `prometheus-write-secret:recipients[0]: ${text} ${fault}`,
            });
        }
    });
});
