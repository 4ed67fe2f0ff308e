import assert from "node:assert/strict";
import { sha256 } from "../../rotation/digest.ts";
import { signatureFault } from "../../mirror/signature.ts";
import { parseVerificationKey } from "../../mirror/signingKey.ts";
import { hashOf, known, passwordOf } from "../support/mocks.ts";
import {
    FILE,
    RECORD,
    RECORD_KEY,
    RECORD_STASH,
    SECRET,
    SIGNATURE,
    Stack,
    find,
    recordOf,
    type Update,
} from "../support/mockStack.ts";

/** What a file on GitHub is asked to be. */
type Text = Readonly<Record<"file" | "content" | "commitMessage", string>>;

/** The record without what depends on when, where and by which program it was made. */
function describeRecord(made: Update): object {
    const { finished, since = {}, by, program, sealedSha256, ...record } = recordOf(made);
    assert.deepEqual(Object.keys(since), record.accepted);
    assert.ok(Date.now() - Date.parse(finished) < 60_000, `finished at ${finished}`);
    assert.match(program, /^\d+\.\d+\.\d+$/);
    assert.notEqual(by, "");
    const { content } = find(made, FILE).inputs as { content: string };
    assert.equal(sealedSha256, sha256(content));
    return record;
}

describe("RotationRecord", () => {
    const stack = new Stack();
    const senders = ["agent", "prometheus"];
    let first: Update, rotated: Update, steady: Update, back: Update;

    before(async () => {
        await stack.start();
        first = await stack.update("q1");
        stack.receiver.answer = (token) => (token === passwordOf("write-q2") ? 204 : 401);
        rotated = await stack.update("q2", first, {}, { callsHooks: true });
        steady = await stack.update("q2", rotated);
        back = await stack.update("q1", steady);
    });
    after(() => stack.stop());

    it("tells the generations, the revision and the senders", () => {
        assert.deepEqual(describeRecord(first), {
            format: 1,
            stack: "dev",
            project: "prometheus-write-secret",
            organization: "organization",
            generation: "q1",
            previous: null,
            accepted: ["q1"],
            retired: [],
            revision: 1,
            proven: [],
            senders,
        });
    });

    it("tells what was proven, and what senders used before", () => {
        const { proven } = recordOf(rotated);
        const { url } = stack.receiver;
        assert.deepEqual(
            [...proven].map(({ at, ...proof }) => ({ ...proof, at: typeof at })),
            ["east", "west"].map((receiver) => ({ receiver, url, how: "probe", at: "string" })),
        );
        assert.deepEqual(describeRecord(rotated), {
            format: 1,
            stack: "dev",
            project: "prometheus-write-secret",
            organization: "organization",
            generation: "q2",
            previous: "q1",
            accepted: ["q2", "q1"],
            retired: [],
            revision: 2,
            proven,
            senders,
        });
    });

    it("keeps since when a generation is on record", () => {
        const since = (made: Update) => recordOf(made).since?.["q1"];
        assert.equal(since(first), recordOf(first).finished);
        assert.deepEqual([rotated, back].map(since), [since(first), since(first)]);
    });

    it("tells of an emergency", async () => {
        const emergency = { leaked: "q2", reason: "it is on the internet" };
        const made = await stack.update("q1", rotated, { emergency });
        assert.deepEqual(recordOf(made).emergency, emergency);
    });

    it("is made anew only with a new revision", () => {
        const triggers = [first, rotated, steady, back].map(
            (made) => find(made, RECORD_STASH).options.replacementTrigger,
        );
        assert.deepEqual(triggers, [1, 2, 2, 3]);
        assert.deepEqual(find(steady, RECORD_STASH).options.ignoreChanges, ["input"]);
    });

    it("waits for every sender, for its key, and for nothing in the mirror but its text", () => {
        assert.deepEqual(find(rotated, RECORD_STASH).options.dependencies, [
            `${SECRET} agent`,
            `${SECRET} prometheus`,
            "pulumi:index:Stash mirror-sealed",
            RECORD_KEY, // or an update that fails here would leave it unsigned
        ]);
    });

    it("is committed beside the sealed file, and stays when the stack is destroyed", () => {
        const { inputs, options } = find(rotated, RECORD);
        const { input } = find(rotated, RECORD_STASH).inputs as { input: { content: string } };
        assert.deepEqual(input, { content: input.content, message: "Record dev at q2" });
        assert.deepEqual(inputs, {
            repository: "vault",
            branch: "main",
            file: "dev.rotation.json",
            content: input.content,
            commitMessage: "Record dev at q2",
            overwriteOnCreate: true,
        });
        assert.equal(options.retainOnDelete, true);
    });

    it("is signed with a key that is drawn once and kept secret, in the same commit", async () => {
        const key = find(first, RECORD_KEY);
        const keepers = { signs: "rotation records" };
        assert.deepEqual(key.inputs, { keepers, length: 72, special: false });
        for (const made of [first, rotated, steady, back]) {
            assert.deepEqual(find(made, RECORD_KEY), key);
            const { file, content, commitMessage } = find(made, SIGNATURE).inputs as Text;
            const record = find(made, RECORD).inputs as Text;
            assert.deepEqual(
                [file, commitMessage],
                ["dev.rotation.json.sig", record.commitMessage],
            );
            const line = made.result.verificationKey && (await known(made.result.verificationKey));
            const verificationKey = parseVerificationKey(line?.value ?? "");
            assert.ok(verificationKey);
            assert.equal(signatureFault(record.content, content, verificationKey), undefined);
        }
    });

    it("of a program that did not sign is left as it is until something rotates", async () => {
        const kept = Object.entries(rotated.recorded).filter(
            ([urn]) => !urn.endsWith("::record-key") && !urn.endsWith(".sig"),
        );
        const unsigned = { ...rotated, recorded: Object.fromEntries(kept) };
        const left = await stack.update("q2", unsigned);
        const ids = left.resources.map(({ id }) => id);
        assert.deepEqual([ids.includes(RECORD_KEY), ids.includes(SIGNATURE)], [false, false]);
        assert.equal(left.result.verificationKey, undefined);
        const next = await stack.update("q1", { ...left, recorded: unsigned.recorded });
        for (const id of [RECORD_KEY, SIGNATURE]) find(next, id); // it fails where there is none
    });

    it("holds no secret: its text is plain, and without a value or a hash", () => {
        for (const made of [first, rotated, steady, back]) {
            const { content } = find(made, RECORD).inputs as { content: string };
            assert.equal(typeof content, "string"); // what is marked as secret is sent as an object
            const values = ["write-q1", "write-q2"].flatMap((name) => [
                passwordOf(name),
                hashOf(name),
            ]);
            assert.deepEqual(
                values.filter((value) => content.includes(value)),
                [],
            );
        }
    });
});
