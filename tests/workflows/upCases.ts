import assert from "node:assert/strict";
import { BUMPED, type Case, failedAt, succeeded } from "./oneCase.ts";

/** Of a stack that is not deployed yet. */
export const FIRST_UPDATE: readonly Case[] = [
    {
        workflow: "up",
        name: "a push to main deploys",
        run: async (site) => {
            const ran = await site.run("up", "up", { name: "push" });
            succeeded(ran);
            assert.match(ran.output, /\*\*The first deployment, with 2026-11-21\.\*\*/);
            assert.deepEqual((await site.deployment.rotation()).senders, {
                prometheus: "2026-11-21",
            });
            return undefined;
        },
    },
];

/** Of one that is. */
export const FAILED_UPDATE: readonly Case[] = [
    {
        workflow: "up",
        name: "an update that fails: senders keep what they have, and the next command is named",
        run: async (site) => {
            await site.deployment.configure({ rotation: BUMPED });
            await site.push("Bump");
            const undo = site.sandbox.github.fail(
                { method: "PUT", path: /\/contents\// },
                { status: 500, times: 1000 },
            );
            const ran = await site.run("up", "up", { name: "push" });
            undo();
            failedAt(ran, [/^npx pulumi up/]);
            assert.deepEqual(ran.errors, [
                "Not finished; senders keep what they have. Run this workflow again: gh workflow run up.yml",
            ]);
            return { failure: ran.errors.join("\n") };
        },
    },
    {
        workflow: "up",
        name: "that command: the update goes on from there",
        run: async (site) => {
            succeeded(await site.run("up", "up", { name: "workflow_dispatch" }));
            assert.deepEqual((await site.deployment.rotation()).senders, { prometheus: BUMPED });
            return undefined;
        },
    },
];
