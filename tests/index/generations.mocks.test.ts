import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Files } from "../../kinds/receiverKind.ts";
import { letIn } from "../support/letIn.ts";
import { fingerprint, sha256 } from "../../rotation/digest.ts";
import { passwordOf } from "../support/mocks.ts";
import { leaks } from "../support/leaks.ts";
import {
    LABELS,
    PASSWORD,
    SECRET,
    Stack,
    annotationsOf,
    find,
    recordOf,
    type Changes,
    type Update,
} from "../support/mockStack.ts";

/** The names of the passwords asked for, sorted. */
function passwordsOf({ resources }: Update): readonly string[] {
    return resources
        .filter(({ id }) => id.startsWith(PASSWORD))
        .map(({ id }) => id.slice(PASSWORD.length + 1))
        .sort();
}

/** The credentials a receiver lets in, by generation. */
function usersOf(made: Update, receiver: string): object {
    const { inputs } = find(made, `${SECRET} ${receiver}`);
    const { stringData } = inputs as { stringData: { value: Files } };
    return Object.fromEntries(letIn(stringData.value));
}

function labelsOf(made: Update): unknown {
    return (find(made, LABELS).inputs as { input: unknown }).input;
}

describe("index.ts, of a retired generation", () => {
    const stack = new Stack();
    let rotated: Update, retired: Update, steady: Update, forgotten: Update;

    before(async () => {
        await stack.start();
        rotated = await stack.update("q2", await stack.update("q1"));
        const changes: Changes = { retired: ["q1"], retireWithoutProof: true };
        retired = await stack.update("q2", rotated, changes);
        steady = await stack.update("q2", retired, changes);
        forgotten = await stack.update("q2", steady);
    });
    after(() => stack.stop());

    it("keeps its value while it is named, and no longer", () => {
        assert.deepEqual([retired, steady, forgotten].map(passwordsOf), [
            ["q1", "q2"],
            ["q1", "q2"],
            ["q2"],
        ]);
    });

    it("takes it from the receivers, once", () => {
        for (const receiver of ["east", "west"]) {
            assert.deepEqual(usersOf(retired, receiver), { q2: passwordOf("write-q2") });
        }
        assert.deepEqual(
            [rotated, retired, steady, forgotten].map((made) => annotationsOf(made, "east")),
            ["q2,q1 2", "q2 3 q1", "q2 3 q1", "q2 3 q1"],
        );
    });

    it("is on record", () => {
        const { generation, accepted, retired: gone, revision } = recordOf(retired);
        assert.deepEqual(
            { generation, accepted, gone, revision },
            { generation: "q2", accepted: ["q2"], gone: ["q1"], revision: 3 },
        );
    });

    it("leaves its label behind, which is not used again", async () => {
        assert.deepEqual(labelsOf(forgotten), ["q1", "q2"]);
        await assert.rejects(stack.update("q1", forgotten), {
            message:
                "prometheus-write-secret:rotation names q1, which receivers were told to refuse for good: this " +
                "configuration is older than the stack (get the newest one, as by git pull), or set rotation to a new label",
        });
    });
});

describe("index.ts, of an adopted credential", () => {
    const stack = new Stack();
    const value = "made-by-people-and-easy-to-guess";
    const changes: Changes = { adopted: { label: "before", value } };
    const world = { secretKeys: ["prometheus-write-secret:adopted"] };
    let first: Update, rotated: Update;

    before(async () => {
        await stack.start();
        first = await stack.update("q1", undefined, changes, world);
        const vault = { "acme/vault": { visibility: "private", archived: false } };
        rotated = await stack.update("q2", first, changes, { ...world, repositories: vault });
    });
    after(() => stack.stop());

    it("is accepted from the first update, and used by no sender", () => {
        assert.deepEqual(usersOf(first, "east"), {
            q1: passwordOf("write-q1"),
            before: value,
        });
        assert.deepEqual(first.result.rotation.accepted, ["q1", "before"]);
        assert.deepEqual(
            [first, rotated].map((made) => annotationsOf(made, "agent")),
            ["q1,before 1", "q2,q1,before 2"],
        );
    });

    it("has a salt and no password, and a label like any other", () => {
        assert.deepEqual(passwordsOf(rotated), ["before-salt", "q1", "q2"]);
        assert.deepEqual(labelsOf(rotated), ["before", "q1", "q2"]);
    });

    it("is told in no request, nor is a hash that it could be guessed from", () => {
        const texts = [value, JSON.stringify(value), JSON.stringify([value])];
        const hashes = texts.flatMap((text) => [
            sha256(text),
            fingerprint(text),
            createHash("sha256").update(text).digest("base64"),
        ]);
        const salted = fingerprint([passwordOf("write-before-salt"), value]);
        for (const made of [first, rotated]) {
            assert.deepEqual(leaks(made, [value, ...hashes, salted]), []);
        }
    });

    it("stays in the configuration while receivers accept it", async () => {
        await assert.rejects(stack.update("q2", rotated), {
            message:
                "prometheus-write-secret:receivers accept before, an adopted credential that " +
                "adopted no longer holds: set it again, or retire before",
        });
    });
});

describe("index.ts, of an emergency", () => {
    const stack = new Stack();
    const emergency = { leaked: "q1", reason: "it is on the internet" };

    before(() => stack.start());
    after(() => stack.stop());

    it("accepts the leaked generation until receivers accept the next, and not after", async () => {
        const first = await stack.update("q1");
        const switched = await stack.update("q2", first, { emergency });
        const closed = await stack.update("q2", switched, { emergency });
        assert.deepEqual(
            [switched, closed].map((made) => annotationsOf(made, "east")),
            ["q2,q1 2", "q2 3 q1"],
        );
        assert.deepEqual(recordOf(closed).retired, ["q1"]);
        assert.deepEqual([switched.said.length, closed.said.length], [1, 0]);
    });
});
