// A stack that does not know what another one has made: its state was lost, or somebody copied its
// configuration.
import assert from "node:assert/strict";
import { RECEIVER_SECRET, SENDER_SECRET } from "../support/devStack.ts";
import { prepareStack } from "../support/furtherStack.ts";
import type { Fault } from "./fault.ts";
import { failed } from "./field.ts";

const where = "state";
const STACK = "lost";
const REFUSED =
    /is there already, written by another stack of this program, or by this one before its state/;

export const lostFaults: readonly Fault[] = [
    {
        name: "a new stack is pointed at live senders and receivers",
        where,
        quick: true,
        run: async (field) => {
            const before = await field.files(SENDER_SECRET);
            const accepted = await field.files(RECEIVER_SECRET);
            const { deployment: stack, init } = await prepareStack(field.sandbox, STACK);
            await init();
            try {
                await stack.configure({ rotation: "other", "mirror.create": false });
                for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
                    failed(await stack.run(...command), REFUSED);
                }
            } finally {
                await stack.must("stack", "rm", STACK, "--yes", "--force", "--preserve-config");
            }
            assert.deepEqual(await field.files(SENDER_SECRET), before);
            assert.deepEqual(await field.files(RECEIVER_SECRET), accepted);
            await field.rotate();
        },
    },
];
