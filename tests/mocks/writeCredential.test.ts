import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { WriteCredential, type WriteCredentialArgs } from "../../components/writeCredential.ts";
import { hashOf, known, passwordOf, run, type Registered } from "../mocks.ts";

const COMPONENT = "prometheus-write-secret:index:WriteCredential write";

function make(args: WriteCredentialArgs) {
    return run({}, () => new WriteCredential("write", args));
}

/** What the engine is to be asked for: the password of one generation. */
function password(label: string, length = 48): Registered {
    return {
        id: `random:index/randomPassword:RandomPassword write-${label}`,
        parent: COMPONENT,
        inputs: { keepers: { rotation: label }, length, special: false },
        options: {
            ignoreChanges: ["length"],
            additionalSecretOutputs: ["bcryptHash", "result"],
        },
    };
}

describe("WriteCredential", () => {
    it("is one password a generation, with no input of its own", async () => {
        const { resources } = await make({ current: "2027", accepted: ["2027", "2026"] });
        assert.deepEqual(resources, [
            { id: COMPONENT, parent: undefined, inputs: {}, options: {} },
            password("2027"),
            password("2026"),
        ]);
    });

    it("makes one password of a label listed twice", async () => {
        const { resources } = await make({ current: "a", accepted: ["a", "a"] });
        assert.deepEqual(resources.slice(1), [password("a")]);
    });

    it("has the value of the current generation, as a secret", async () => {
        const { result } = await make({ current: "2026", accepted: ["2027", "2026"] });
        assert.equal(result.current, "2026");
        assert.deepEqual(await known(result.value), {
            value: passwordOf("write-2026"),
            secret: true,
        });
    });

    it("has every accepted generation in the order given, as a secret", async () => {
        const { result } = await make({ current: "b", accepted: ["b", "c", "a"] });
        assert.deepEqual(await known(result.accepted), {
            value: ["b", "c", "a"].map((label) => ({ label, value: passwordOf(`write-${label}`) })),
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
            const { resources } = await make({ current: "a", accepted: ["a"], length });
            assert.deepEqual(resources.slice(1), [password("a", length)]);
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
