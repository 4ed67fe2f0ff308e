import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import { RECEIVER_SECRET } from "../support/devStack.ts";
import { BUMPED, type Case, failedAt, succeeded } from "./oneCase.ts";
import type { Site } from "./site.ts";

/** Of a stack that somebody bumped by a commit. */
export const ROTATE_CASES: readonly Case[] = [
    {
        workflow: "rotate",
        name: "a Tuesday after a rotation: retires what nobody uses any more, and commits that",
        run: async (site) => {
            const ran = await site.run("rotate", "rotate", { name: "schedule" });
            succeeded(ran);
            assert.match(
                ran.output,
                /Nothing to do: the credential is of .*, younger than 80 days/,
            );
            assert.equal(await site.pull(), "rotate: Retire what dev no longer uses");
            assert.deepEqual((await site.deployment.rotation()).accepted, [BUMPED]);
            return undefined;
        },
    },
    {
        workflow: "rotate",
        name: "no commit for 50 days in a public repository: it says that GitHub will stop the schedule",
        run: async (site) => {
            await site.push("Say hello", { daysAgo: 50 });
            const event = { name: "schedule", visibility: "public" } as const;
            const ran = await site.run("rotate", "rotate", event);
            failedAt(ran, [/^Look at the schedule's own age/]);
            assert.match(ran.errors.join(), /^No commit for 50 days: after 60 GitHub stops/);
            // A sample of the canary would be of then, and no store takes one of the future.
            await site.deployment.configure({ "receivers.0.queryUrl": undefined });
            await site.push("Do without the canary");
            return undefined;
        },
    },
    {
        workflow: "rotate",
        name: "a Tuesday 90 days later: rotates, and commits the new label",
        run: async (site) => {
            site.daysLater = 90;
            succeeded(await site.run("rotate", "rotate", { name: "schedule" }));
            const label = today(site);
            assert.equal(await site.pull(), "rotate: Rotate dev: it was due");
            assert.deepEqual((await site.deployment.rotation()).senders, { prometheus: label });
            return undefined;
        },
    },
    {
        workflow: "rotate",
        name: "the same run once more: no rotation; what the first left behind is retired",
        run: async (site) => {
            const { senders } = await site.deployment.rotation();
            succeeded(await site.run("rotate", "rotate", { name: "schedule" }));
            assert.equal(await site.pull(), "rotate: Retire what dev no longer uses");
            assert.deepEqual((await site.deployment.rotation()).senders, senders);
            return undefined;
        },
    },
    {
        workflow: "rotate",
        name: "and once more: nothing to do, nothing committed",
        run: async (site) => {
            await site.push("Go on");
            const ran = await site.run("rotate", "rotate", { name: "schedule" });
            succeeded(ran);
            assert.match(
                ran.output,
                /Nothing to do: the credential is of .*, younger than 80 days/,
            );
            assert.equal(await site.pull(), "developer: Go on");
            return undefined;
        },
    },
    {
        workflow: "rotate",
        name: "by hand, as somebody left",
        run: async (site) => {
            succeeded(await site.run("rotate", "rotate", byHand("somebody left", false)));
            assert.equal(await site.pull(), "rotate: Rotate dev: somebody left");
            const { senders } = await site.deployment.rotation();
            assert.deepEqual(senders, { prometheus: `${today(site)}.2` });
            return undefined;
        },
    },
    {
        workflow: "rotate",
        name: "by hand, as an emergency: receivers refuse what leaked",
        run: async (site) => {
            const leaked = `${today(site)}.2`;
            succeeded(await site.run("rotate", "rotate", byHand("it is in a log", true)));
            assert.equal(await site.pull(), "rotate: Rotate dev: it is in a log");
            const { senders, accepted } = await site.deployment.rotation();
            assert.deepEqual(senders, { prometheus: `${today(site)}.3` });
            assert.ok(!accepted.includes(leaked));
            assert.deepEqual(await acceptedLabels(site), accepted);
            return undefined;
        },
    },
];

function byHand(reason: string, emergency: boolean) {
    // As GitHub has them in the event: texts, whatever their type
    return { name: "workflow_dispatch", inputs: { reason, emergency: String(emergency) } } as const;
}

/** The date the runner lives in. */
function today({ daysLater }: Site): string {
    return new Date(Date.now() + daysLater * 86_400_000).toISOString().slice(0, 10);
}

/** What the receiver's Secret says it accepts. */
async function acceptedLabels({ sandbox }: Site): Promise<readonly string[] | undefined> {
    const { namespace } = sandbox.cluster;
    const core = sandbox.cluster.admin.makeApiClient(CoreV1Api);
    const { metadata } = await core.readNamespacedSecret({ namespace, name: RECEIVER_SECRET });
    return metadata?.annotations?.["prometheus-write-secret/accepted"]?.split(",");
}
