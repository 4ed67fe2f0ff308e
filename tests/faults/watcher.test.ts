// What is looked at is made up, but for age. That it is looked at once a second is told by a run.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { armor, Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { RECEIVER_SECRET, SENDER_SECRET } from "../support/devStack.ts";
import { type Watched, Watcher } from "./watcher.ts";

const UNMIRRORED = "a Secret holds a credential the mirror never held";

describe("Watcher", () => {
    let directory: string;
    let identity: string;
    let encrypter: Encrypter;
    /** The credentials in the sealed file, and in the Secrets. */
    let sealed: readonly string[];
    let held: readonly string[];
    const forged = new Set<string>();
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "watcher-"));
        identity = join(directory, "identity.txt");
        const key = await generateIdentity();
        await writeFile(identity, key);
        encrypter = new Encrypter();
        encrypter.addRecipient(await identityToRecipient(key));
    });
    after(() => rm(directory, { recursive: true }));

    const auth = (tokens: readonly string[]) =>
        tokens.map((token) => `bearer_token: "${token}"\n`).join("");
    /** As a field has them; one sealed text for all looks, as a mirror has it. */
    const watch = async (): Promise<Watcher> => {
        const file = armor.encode(await encrypter.encrypt(auth(sealed)));
        const files: Readonly<Record<string, Readonly<Record<string, string>>>> = {
            [SENDER_SECRET]: { token: held[0] ?? "" },
            [RECEIVER_SECRET]: { "auth.yml": auth(held) },
        };
        const github = { file: () => Promise.resolve(file) };
        const sandbox = { identity, github } as unknown as Watched["sandbox"];
        return new Watcher({
            forged,
            files: (name) => Promise.resolve(files[name] ?? {}),
            sandbox,
        });
    };
    const seen = ({ violations }: Watcher) => violations.map(({ what }) => what);

    it("tells of a credential in a Secret that the mirror never held", async () => {
        [sealed, held] = [["former"], ["next", "former"]];
        const watcher = await watch();
        await watcher.lookAtMirror();
        assert.deepEqual(seen(watcher), [UNMIRRORED]);
        assert.throws(() => {
            watcher.check(0);
        }, new Error(UNMIRRORED));
    });

    it("says nothing of credentials the mirror holds, nor of what a fault made up", async () => {
        [sealed, held] = [
            ["next", "former"],
            ["next", "former", "made-up"],
        ];
        forged.add("made-up");
        const watcher = await watch();
        await watcher.lookAtMirror();
        assert.deepEqual(seen(watcher), []);
    });

    it("judges by the whole mirror, also while another look is opening it", async () => {
        [sealed, held] = [["next"], ["next"]];
        const watcher = await watch();
        await Promise.all([watcher.lookAtMirror(), watcher.lookAtMirror()]);
        assert.deepEqual(seen(watcher), []);
    });
});
