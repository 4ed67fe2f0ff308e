import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import { SEALED_FILE, SENDER_SECRET } from "../support/devStack.ts";
import { BUMPED, type Case, failedAt, succeeded } from "./oneCase.ts";
import type { Site } from "./site.ts";

const BUMPED_AGAIN = "2027-02-22";
const NOTHING_DIFFERS = "**Nothing changes: 2026-11-21 stays current.**";
let pullRequest = 0;

/** Of a stack that is deployed. The last leaves it with more that differs. */
export const PREVIEW_CASES: readonly Case[] = [
    {
        workflow: "preview",
        name: "a pull request from a fork: no step runs, so no secret is read",
        run: async (site) => {
            await site.deployment.configure({ rotation: BUMPED });
            await site.push("Bump", { branch: "bump" });
            pullRequest = await site.hub.openPullRequest("bump");
            const event = { ...ofPullRequest(), from: "stranger/prometheus-write-secret" };
            const ran = await site.run("preview", "pull-request", event);
            assert.deepEqual([ran.outcome, ran.steps, ran.output], ["skipped", [], ""]);
            assert.deepEqual(await site.hub.comments(pullRequest), []);
            return undefined;
        },
    },
    {
        workflow: "preview",
        name: "a pull request that bumps the keeper: a comment says what would happen",
        run: async (site) => {
            succeeded(await site.run("preview", "pull-request", ofPullRequest()));
            const [comment, ...others] = await site.hub.comments(pullRequest);
            assert.deepEqual(others, []);
            assert.match(comment?.body ?? "", new RegExp(`Rotates from 2026-11-21 to ${BUMPED}`));
            return { comment: comment?.body ?? "" };
        },
    },
    {
        workflow: "preview",
        name: "its next commit: the same comment says what would happen now",
        run: async (site) => {
            await site.deployment.configure({ rotation: BUMPED_AGAIN });
            await site.push("Bump on", { branch: "bump" });
            succeeded(await site.run("preview", "pull-request", ofPullRequest()));
            const [comment, ...others] = await site.hub.comments(pullRequest);
            assert.deepEqual(others, []);
            const { body = "" } = comment ?? {};
            assert.match(body, new RegExp(`to ${BUMPED_AGAIN}`));
            assert.ok(!body.includes(BUMPED));
            return undefined;
        },
    },
    {
        workflow: "preview",
        name: "a commit that would be refused: the comment says why, and the check is red",
        run: async (site) => {
            await site.deployment.configure({ length: 8 });
            await site.push("Shorten", { branch: "bump" });
            const ran = await site.run("preview", "pull-request", ofPullRequest());
            assert.equal(ran.outcome, "failure");
            const [comment, ...others] = await site.hub.comments(pullRequest);
            assert.deepEqual(others, []);
            assert.match(comment?.body ?? "", /The update is refused: nothing would change/);
            assert.match(comment?.body ?? "", /length/);
            return undefined;
        },
    },
    {
        workflow: "preview",
        name: "a night on which nothing differs: no issue",
        run: async (site) => {
            await site.pull();
            const ran = await site.run("preview", "nightly", { name: "schedule" });
            succeeded(ran);
            assert.ok(ran.output.includes(NOTHING_DIFFERS), ran.output);
            assert.deepEqual(await issues(site), []);
            return undefined;
        },
    },
    {
        workflow: "preview",
        name: "a Secret deleted by hand: an issue at night",
        run: async (site) => {
            await site.sandbox.cluster.admin
                .makeApiClient(CoreV1Api)
                .deleteNamespacedSecret({ namespace: "monitoring", name: SENDER_SECRET });
            failedAt(await site.run("preview", "nightly", { name: "schedule" }), [
                /^npm run --silent preview/,
                /^Whether all is as it is said to be$/,
            ]);
            const [issue, ...others] = await issues(site);
            assert.deepEqual(others, []);
            const { title, body = "" } = issue ?? {};
            assert.equal(title, "dev is not as it was deployed");
            assert.match(body, new RegExp(SENDER_SECRET));
            return { issue: body };
        },
    },
    {
        workflow: "preview",
        name: "the next night, with more that differs: the same issue",
        run: async (site) => {
            const { sandbox } = site;
            await sandbox.github.write("prometheus-credentials", SEALED_FILE, undefined);
            const ran = await site.run("preview", "nightly", { name: "schedule" });
            assert.equal(ran.outcome, "failure");
            const [issue, ...others] = await issues(site);
            assert.deepEqual(others, []);
            assert.match(issue?.body ?? "", new RegExp(SENDER_SECRET));
            assert.match(issue?.body ?? "", /RepositoryFile mirror/);
            succeeded(await site.run("up", "up", { name: "workflow_dispatch" }));
            return undefined;
        },
    },
];

function ofPullRequest() {
    return { name: "pull_request", branch: "bump", number: pullRequest } as const;
}

/** Issues but the pull request, which is one, too. */
async function issues(site: Site) {
    return (await site.hub.issues()).filter(({ number }) => number !== pullRequest);
}
