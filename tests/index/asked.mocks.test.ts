import assert from "node:assert/strict";
import { passwordOf } from "../support/mocks.ts";
import {
    RECORD,
    RECORD_STASH,
    SECRET,
    SIGNATURE,
    Stack,
    type Update,
} from "../support/mockStack.ts";

describe("index.ts, with receivers that are asked", () => {
    const stack = new Stack();
    const senders = [`${SECRET} agent`, `${SECRET} prometheus`];
    let first: Update;

    before(async () => {
        await stack.start();
        first = await stack.update("q1");
    });
    beforeEach(() => {
        stack.receiver.asked.length = 0;
        stack.receiver.answer = () => 401;
    });
    after(() => stack.stop());

    it("changes nothing when the preflight refuses", async () => {
        const asked: string[] = [];
        stack.receiver.answer = () => 204;
        await assert.rejects(stack.update("q2", first, {}, { asked }), {
            message:
                "prometheus-write-secret:receivers: east is open: it answered 204 to a push without a credential " +
                `at ${stack.receiver.url}; close it first`,
        });
        assert.deepEqual(asked, []);
    });

    it("proves the current generation once at each receiver, then switches the senders", async () => {
        const token = passwordOf("write-q2");
        stack.receiver.answer = (given) => (given === token ? 204 : 401);
        const made = await stack.update("q2", first, {}, { callsHooks: true });
        assert.deepEqual(
            made.resources.slice(-5).map(({ id }) => id),
            [...senders, RECORD_STASH, RECORD, SIGNATURE],
        );
        const pushes = stack.receiver.asked.map((given) =>
            given === token ? "q2" : given?.length,
        );
        // The preflight pushes without a credential; a made-up one has 64 digits.
        const accepted = Array<string>(6).fill("q2"); // each on three connections
        const expected = [undefined, undefined, ...accepted, 64, 64];
        assert.deepEqual(pushes.sort(), expected.sort());
    });

    it("switches no sender when a receiver refuses the generation", async () => {
        const asked: string[] = [];
        const more = { asked, callsHooks: true };
        const refused = stack.update("q2", first, { projectionLimitSeconds: 2 }, more);
        await assert.rejects(refused, (error: Error) => {
            // The record cannot be made without its senders either, and says so first.
            const cause = error.message.replace(/^(error serializing property "\w+": )+/, "");
            const [subject = "", ...words] = cause.split(": ");
            assert.match(
                subject,
                /^failed to register new resource (agent|prometheus)(-configuration)? \[/,
            );
            assert.equal(
                words.join(": ").replace(/^receiver (east|west) /, ""),
                `does not accept generation q2 within 2 s: it answered 401 at ${stack.receiver.url}. ` +
                    "No sender was switched. Mend the receiver and run pulumi up again, " +
                    "or go back: pulumi config set rotation q1 && pulumi up",
            );
            return true;
        });
        assert.deepEqual(
            asked.filter((id) => id.startsWith(SECRET) || id === RECORD_STASH || id === RECORD),
            [`${SECRET} east`, `${SECRET} west`],
        );
    });
});
