// A credential made by hand that becomes a generation like any other. Its sender is a Secret alone:
// that a Prometheus follows its Secret is told by the rotation of the dev stack.
import assert from "node:assert/strict";
import { probe } from "../../proof/probe.ts";
import { mark, PASSWORD } from "../support/deployment.ts";
import { type LiveSecret, useSandbox } from "../support/fixture.ts";
import { type Neighbour, openNeighbour } from "../support/neighbour.ts";
import { Scanner } from "../support/scan.ts";

const BY_HAND = "by-hand";
// No less than a leak scan can tell from a word
const VALUE = "made-by-hand.7fJ2_kQ9~xW4+tB8/zR5mN1vC6pL3sD0yH==";

describe("a credential that was there before", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let stack: Neighbour;
    before(async () => {
        stack = await openNeighbour(stage, "adopted", BY_HAND);
        const key = "prometheus-write-secret:adopted.label";
        await stack.deployment.must("config", "set", "--path", key, BY_HAND);
        await stack.deployment.setSecret("adopted.value", VALUE);
        await stack.deployment.up();
    });

    const sender = (): Promise<LiveSecret> => stage.secret("adopted-write-credential");
    const passwords = async (): Promise<(string | undefined)[]> =>
        (await stack.deployment.resources())
            .filter(({ type, urn }) => type === PASSWORD && urn.includes(":WriteCredential$"))
            .map(({ urn }) => urn.split("::").at(-1));

    it("is what the sender's Secret holds, and no other is made", async () => {
        assert.equal(mark((await sender()).files["token"]), mark(VALUE));
        assert.deepEqual(await stack.deployment.rotation(), {
            current: BY_HAND,
            accepted: [BY_HAND],
            senders: { adopted: BY_HAND },
        });
        assert.deepEqual(await passwords(), [`write-${BY_HAND}-salt`]);
    });

    it("leaves nothing to do for another up", async () => {
        assert.equal((await stack.deployment.up()).changes, 0);
    });

    it("is among what is searched for, and found", async () => {
        const known = [...stack.deployment.credentials].map((one) => [one, "it"] as const);
        const auth = (await stage.secret("adopted-auth")).files["auth.yml"] ?? "";
        assert.deepEqual(new Scanner(new Map(known)).find([["receiver", auth]]), [
            "receiver: it as plain text",
        ]);
    });

    it("overlaps with the generation that comes after it", async () => {
        const label = stage.newLabel();
        await stack.deployment.rotateTo(label);
        assert.deepEqual(await stack.deployment.rotation(), {
            current: label,
            accepted: [label, BY_HAND],
            senders: { adopted: label },
        });
        const { files } = await sender();
        assert.notEqual(mark(files["token"]), mark(VALUE));
        const answers = [files["token"], VALUE].map((token) => probe(stack.receiverUrl, { token }));
        const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
        assert.deepEqual(kinds, ["accepted", "accepted"]);
        assert.deepEqual(await passwords(), [`write-${BY_HAND}-salt`, `write-${label}`]);
    });
});
