import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Generation } from "../../rotation/generation.ts";
import { WriteCredential, type WriteCredentialArgs } from "../../components/writeCredential.ts";
import { bcryptOf } from "../../kinds/hash.ts";
import { fingerprint } from "../../rotation/digest.ts";
import { adoptionOf } from "../../rotation/recordedUse.ts";
import {
    hashOf,
    known,
    passwordOf,
    run,
    secret,
    type Registered,
    type Run,
} from "../support/mocks.ts";

const COMPONENT = "prometheus-write-secret:index:WriteCredential write";
const LABELS = "pulumi:index:Stash write-labels";
const ADOPTED = "pulumi:index:Stash write-adopted";

function make(args: WriteCredentialArgs) {
    return run({}, () => new WriteCredential("write", args));
}

/** Asserts what the engine was asked for, in any order. */
function assertAsked({ resources }: Run<unknown>, ...expected: Registered[]): void {
    const component = { id: COMPONENT, parent: undefined, inputs: {}, options: {} };
    // A label is taken down once its password is recorded, or a killed engine would use it up for
    // nothing.
    const isStash = ({ id }: Registered) => id.startsWith("pulumi:index:Stash");
    const passwords = expected.filter((one) => !isStash(one)).map(({ id }) => id);
    const after = { options: { dependencies: passwords.sort() } };
    const asked = expected.map((one) => (isStash(one) ? { ...one, ...after } : one));
    const sort = (list: readonly Registered[]) =>
        [...list].sort((a, b) => a.id.localeCompare(b.id));
    assert.deepEqual(sort(resources), sort([component, ...asked]));
}

/** What the engine is to be asked for: the password of one generation. */
function password(label: string, length = 48, keepers: object = { rotation: label }): Registered {
    return {
        id: `random:index/randomPassword:RandomPassword write-${label}`,
        parent: COMPONENT,
        inputs: { keepers, length, special: false },
        options: {
            ignoreChanges: ["length"],
            additionalSecretOutputs: ["bcryptHash", "result"],
        },
    };
}

/** What the engine is to be asked for: the stash of all labels. */
function labelStash(...labels: string[]): Registered {
    return { id: LABELS, parent: COMPONENT, inputs: { input: labels }, options: {} };
}

/** A generation that was made here. */
function generationOf(label: string): Generation {
    const name = `write-${label}`;
    return { label, value: passwordOf(name), bcrypt: hashOf(name) };
}

describe("WriteCredential", () => {
    it("is one password a generation and all labels, with no input of its own", async () => {
        const made = await make({ current: "2027", accepted: ["2027", "2026"] });
        assertAsked(made, password("2027"), password("2026"), labelStash("2026", "2027"));
    });

    it("remembers what is refused for good, once the passwords are there", async () => {
        const refused = { id: "pulumi:index:Stash write-refused", parent: COMPONENT, options: {} };
        assertAsked(
            await make({ current: "b", accepted: ["b"], refused: ["a"] }),
            password("b"),
            labelStash("b"),
            { ...refused, inputs: { input: ["a"] } },
        );
    });

    it("makes one password of a label listed twice", async () => {
        const made = await make({ current: "a", accepted: ["a", "a"] });
        assertAsked(made, password("a"), labelStash("a"));
    });

    it("has the value of the current generation, as a secret", async () => {
        const { result } = await make({ current: "2026", accepted: ["2027", "2026"] });
        assert.deepEqual(await known(result.current), {
            value: generationOf("2026"),
            secret: true,
        });
    });

    it("has every accepted generation in the order given, as a secret", async () => {
        const { result } = await make({ current: "b", accepted: ["b", "c", "a"] });
        assert.deepEqual(await known(result.accepted), {
            value: ["b", "c", "a"].map((label) => generationOf(label)),
            secret: true,
        });
    });

    it("has a hash of each value, as a secret", async () => {
        const { result } = await make({ current: "b", accepted: ["b", "a"] });
        assert.deepEqual(await known(result.hashes), {
            value: { b: hashOf("write-b"), a: hashOf("write-a") },
            secret: true,
        });
    });

    for (const length of [32, 72]) {
        it(`makes passwords of ${length} letters and digits`, async () => {
            const made = await make({ current: "a", accepted: ["a"], length });
            assertAsked(made, password("a", length), labelStash("a"));
        });
    }

    for (const length of [31, 73]) {
        it(`refuses ${length} letters and digits`, async () => {
            await assert.rejects(make({ current: "a", accepted: ["a"], length }), (error) => {
                assert.ok(pulumi.ResourceError.isInstance(error));
                assert.equal(error.message, `length must be between 32 and 72, got ${length}`);
                return true;
            });
        });
    }

    it("refuses a current generation that is not accepted", async () => {
        await assert.rejects(make({ current: "c", accepted: ["b", "a"] }), (error) => {
            assert.ok(pulumi.ResourceError.isInstance(error));
            assert.equal(error.message, "accepted must list c, got b, a");
            return true;
        });
    });
});

describe("WriteCredential, of labels", () => {
    const inputs = (resources: readonly Registered[]) =>
        resources.find(({ id }) => id === LABELS)?.inputs;

    it("has those used before come first, each once, in the order of first use", async () => {
        const labels = ["before", "a", "b"];
        const made = await make({ current: "c", accepted: ["c", "d", "b", "a"], labels });
        assert.deepEqual(inputs(made.resources), { input: ["before", "a", "b", "d", "c"] });
    });

    it("has those whose credential is gone, or retired", async () => {
        const args = { current: "b", accepted: ["b"], retired: ["a"], labels: ["gone", "a"] };
        const { resources } = await make(args);
        assert.deepEqual(inputs(resources), { input: ["gone", "a", "b"] });
    });
});

describe("WriteCredential, of what is retired", () => {
    it("keeps its password, and accepts it no more", async () => {
        const args = { current: "b", accepted: ["b"], retired: ["a"], labels: ["a", "b"] };
        const made = await make(args);
        const { result } = made;
        assertAsked(made, password("b"), password("a"), labelStash("a", "b"));
        assert.deepEqual(await known(result.accepted), {
            value: [generationOf("b")],
            secret: true,
        });
        assert.deepEqual(await known(result.retired), {
            value: [generationOf("a")],
            secret: true,
        });
        assert.deepEqual(await known(result.hashes), {
            value: { b: hashOf("write-b") },
            secret: true,
        });
    });

    it("is nothing by default, and that is a secret too", async () => {
        const { result } = await make({ current: "b", accepted: ["b"] });
        assert.deepEqual(await known(result.retired), { value: [], secret: true });
    });
});

describe("WriteCredential, of what is adopted", () => {
    const adopted = { label: "before", value: "by-people" };
    const args = { current: "a", accepted: ["a", "before"], adopted };

    it("makes a salt in place of a password", async () => {
        const made = await make({ ...args, length: 64 });
        assertAsked(
            made,
            password("a", 64),
            password("before-salt", 48, { adopted: "before" }),
            labelStash("before", "a"),
            {
                ...{ id: ADOPTED, parent: COMPONENT, options: {} },
                inputs: {
                    input: secret({
                        before: adoptionOf(passwordOf("write-before-salt"), "by-people"),
                    }),
                },
            },
        );
    });

    it("remembers nothing of it in an update that rotates nothing", async () => {
        const made = await make({ ...args, remembers: false });
        assertAsked(
            made,
            password("a"),
            password("before-salt", 48, { adopted: "before" }),
            labelStash("before", "a"),
        );
    });

    it("keeps what it remembers, also of what it makes no more", async () => {
        const adoptions = { before: { salt: "1", fingerprint: "2" } };
        const { resources } = await make({ current: "a", accepted: ["a"], adoptions });
        const inputs = resources.find(({ id }) => id === ADOPTED)?.inputs;
        assert.deepEqual(inputs, { input: secret(adoptions) });
    });

    it("keeps the value that receivers hold, when it is configured no more", async () => {
        const values = { before: "by-people", a: "made-here" };
        const { result } = await make({ ...args, adopted: undefined, kept: ["a"], values });
        assert.deepEqual(await known(result.accepted), {
            value: [generationOf("a"), { label: "before", value: "by-people" }],
            secret: true,
        });
    });

    it("is a generation like any other, and a secret", async () => {
        const { result } = await make(args);
        assert.deepEqual(await known(result.accepted), {
            value: [generationOf("a"), { label: "before", value: "by-people" }],
            secret: true,
        });
        const { result: current } = await make({ ...args, current: "before" });
        assert.deepEqual(await known(current.current), {
            value: { label: "before", value: "by-people" },
            secret: true,
        });
    });

    it("keeps its username and its value where receivers hide them, and a hash that stays", async () => {
        const usernameOf = (label: string) => `rw-${label}`;
        const { result, resources } = await make({ ...args, usernameOf, hidden: true });
        const salt = passwordOf("write-before-salt");
        const own = { username: "rw-before", value: "by-people" };
        const inputs = resources.find(({ id }) => id === ADOPTED)?.inputs;
        assert.deepEqual(inputs, {
            input: secret({ before: { ...adoptionOf(salt, "by-people"), ...own } }),
        });
        const { value } = await known(result.accepted);
        assert.deepEqual(value[1], {
            label: "before",
            ...own,
            bcrypt: bcryptOf("by-people", salt),
        });
    });

    it("has a hash that nobody can guess it from", async () => {
        const { result } = await make(args);
        assert.deepEqual(await known(result.hashes), {
            value: {
                a: hashOf("write-a"),
                before: fingerprint([passwordOf("write-before-salt"), "by-people"]),
            },
            secret: true,
        });
    });

    it("makes nothing of it once it is neither accepted nor retired", async () => {
        const made = await make({ ...args, accepted: ["a"] });
        assertAsked(made, password("a"), labelStash("a"));
    });
});
