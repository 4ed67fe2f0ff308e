// What GitHub tokens come to that lack a right: a line that names it, before any receiver or sender changes.
import assert from "node:assert/strict";
import type { Grants } from "../../sandbox/github-routes.ts";
import { configurationFile } from "../../sandbox/stack.ts";
import { Deployment, diagnostics, SECRET, STACK, steps } from "./deployment.ts";
import { REPOSITORY, useSandbox } from "./fixture.ts";
import { openNeighbour } from "./neighbour.ts";

const EXPIRED = "a-token-that-expired";

describe("the mirror, asked with a token that", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const NAME = `prometheus-write-secret:mirror.repository sandbox/${REPOSITORY}`;
    const lacks = (right: string): string =>
        `error: ${NAME}: the GitHub token lacks a right: give it the repository permission ` +
        `"${right}: read and write", or, if it is a classic one, the scope repo of a user who may`;
    const cases: readonly (readonly [what: string, grants: Grants | undefined, says: string])[] = [
        [
            "may not write contents",
            { metadata: "read", contents: "read", administration: "write" },
            lacks("Contents"),
        ],
        ["may not administer", { metadata: "read", contents: "write" }, lacks("Administration")],
        [
            "may only see how it is administered",
            { metadata: "read", contents: "write", administration: "read" },
            lacks("Administration"),
        ],
        [
            "sees nothing",
            {},
            `error: ${NAME}, which this stack made, is not found: give the GitHub token access to it, or, if it was deleted, run pulumi refresh`,
        ],
        [
            "expired",
            undefined,
            "error: prometheus-write-secret:mirror: GitHub refuses the token (401 Bad credentials): it is mistyped, expired or revoked; set GITHUB_TOKEN to a valid one",
        ],
    ];
    for (const [what, grants, says] of cases) {
        it(`${what} refuses, in preview as in up, before anything changes`, async () => {
            const { engine, github, directory } = stage.sandbox;
            const token = grants ? github.issueToken(grants) : EXPIRED;
            const file = configurationFile(directory);
            const other = new Deployment(engine.withEnvironment({ GITHUB_TOKEN: token }), file);
            const before = await stage.snapshot();
            await other.configured({ rotation: stage.newLabel() }, async () => {
                for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
                    // A refresh by such a token would take what it cannot see for gone.
                    const outcome = await other.run(...command, "--refresh=false");
                    assert.notEqual(outcome.exitCode, 0);
                    assert.deepEqual(diagnostics(outcome), { [STACK]: [says] });
                    assert.ok(!outcome.output.includes(token));
                }
            });
            assert.deepEqual(await stage.snapshot(), before);
        });
    }

    it("has the rights the documentation names, and no others, is enough", async () => {
        const { engine, github, directory } = stage.sandbox;
        const grants = {
            metadata: "read",
            contents: "write",
            administration: "write",
        } as const;
        const token = github.issueToken(grants);
        const file = configurationFile(directory);
        const other = new Deployment(engine.withEnvironment({ GITHUB_TOKEN: token }), file);
        await other.rotateTo(stage.newLabel());
    });
});

describe("a first update with a token that", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const cases: readonly (readonly [what: string, right: string, grants: Grants])[] = [
        ["may not administer", "Administration", { metadata: "read", contents: "write" }],
        [
            "may not write contents",
            "Contents",
            { metadata: "read", contents: "read", administration: "write" },
        ],
    ];
    for (const [what, right, grants] of cases) {
        it(`${what} makes no Secret, and says so in a line`, async () => {
            const name = right.toLowerCase();
            const token = stage.sandbox.github.issueToken(grants);
            const { deployment } = await openNeighbour(stage, name, "first", {
                GITHUB_TOKEN: token,
            });
            const outcome = await deployment.run("up", "--yes", "--skip-preview");
            assert.notEqual(outcome.exitCode, 0);
            const says = `error: the GitHub token lacks a right on ${name}-credentials: give it the repository permission "${right}: read and write"`;
            assert.deepEqual(
                diagnostics(outcome)[`pulumi:pulumi:Stack (prometheus-write-secret-${name})`],
                [says, "error: update failed"],
            );
            assert.deepEqual(steps(outcome, SECRET), []);
            await assert.rejects(stage.secret(`${name}-auth`), { code: 404 });
        });
    }
});
