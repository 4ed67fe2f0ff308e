import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import { RECEIVER_SECRET, SEALED_FILE, SENDER_SECRET } from "../support/devStack.ts";
import type { JobRun } from "./act.ts";
import type { Site } from "./site.ts";

/** What a case shows the reader of docs/ci.md. */
export interface Shown {
    readonly comment?: string;
    readonly issue?: string;
    readonly failure?: string;
}

/** An event, and what a workflow makes of it. Each goes on from where the one before left all. */
export interface Case {
    readonly workflow: "check" | "preview" | "up" | "rotate";
    readonly name: string;
    run(site: Site): Promise<Shown | undefined>;
}

const BUMPED = "2027-02-21";
const BUMPED_AGAIN = "2027-02-22";
const NOTHING_DIFFERS = "**Nothing changes: 2026-11-21 stays current.**";
let pullRequest = 0;

export const CASES: readonly Case[] = [
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

/** What `check.yml` runs, which are the tests. */
export const CHECKS: readonly Case[] = [
    {
        workflow: "check",
        name: "a push: the code is checked, on this machine's system and Node",
        run: async (site) => {
            const matrix = ["--matrix", "os:ubuntu-latest", "--matrix", "node:24"];
            succeeded(await site.run("check", "code", { name: "push" }, matrix));
            return undefined;
        },
    },
    {
        workflow: "check",
        name: "a push: the tests with a real engine",
        run: async (site) => {
            succeeded(await site.run("check", "engine", { name: "push" }));
            return undefined;
        },
    },
];

function ofPullRequest() {
    return { name: "pull_request", branch: "bump", number: pullRequest } as const;
}

function byHand(reason: string, emergency: boolean) {
    // As GitHub has them in the event: texts, whatever their type
    return { name: "workflow_dispatch", inputs: { reason, emergency: String(emergency) } } as const;
}

/** The date the runner lives in. */
function today({ daysLater }: Site): string {
    return new Date(Date.now() + daysLater * 86_400_000).toISOString().slice(0, 10);
}

/** Issues but the pull request, which is one, too. */
async function issues(site: Site) {
    return (await site.hub.issues()).filter(({ number }) => number !== pullRequest);
}

/** What the receiver's Secret says it accepts. */
async function acceptedLabels({ sandbox }: Site): Promise<readonly string[] | undefined> {
    const { namespace } = sandbox.cluster;
    const core = sandbox.cluster.admin.makeApiClient(CoreV1Api);
    const { metadata } = await core.readNamespacedSecret({ namespace, name: RECEIVER_SECRET });
    return metadata?.annotations?.["prometheus-write-secret/accepted"]?.split(",");
}

function succeeded({ outcome, output, errors }: JobRun): void {
    assert.equal(outcome, "success", [output.slice(-4000), ...errors].join("\n"));
}

/** Fails unless the job failed, at these steps alone. */
function failedAt({ outcome, steps, output }: JobRun, names: readonly RegExp[]): void {
    assert.equal(outcome, "failure", output.slice(-4000));
    const failed = steps.filter(([, came]) => came === "failure").map(([name]) => name);
    assert.equal(failed.length, names.length, failed.join("; "));
    for (const [index, name] of names.entries()) assert.match(failed[index] ?? "", name);
}
