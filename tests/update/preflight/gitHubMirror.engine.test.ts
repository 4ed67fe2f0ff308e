// What GitHub tokens come to that lack a right: a line that names it, before any receiver or sender
// changes.
import assert from "node:assert/strict";
import type { Grants } from "../../../sandbox/github/routes.ts";
import { type Deployment, diagnostics, SECRET, STACK, steps } from "../../support/deployment.ts";
import { REPOSITORY, useSandbox } from "../../support/fixture.ts";
import { openNeighbour } from "../../support/neighbour.ts";

describe("the mirror, asked with a token that", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const NAME = `prometheus-write-secret:mirror.repository sandbox/${REPOSITORY}`;
    const lacks = (right: string): string =>
        `error: ${NAME}: the GitHub token lacks a right: give it the repository permission ` +
        `"${right}: read and write", or, if it is a classic one, the scope repo of a user who may`;
    const cases: readonly (readonly [what: string, grants: Grants, says: string])[] = [
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
            `error: ${NAME}, which this stack wrote to, is not found: give the GitHub token access to it; if it was deleted, run pulumi refresh, make it again, private, and set mirror.create to false`,
        ],
    ];
    for (const [what, grants, says] of cases) {
        it(`${what} refuses, in preview as in up, before anything changes`, async () => {
            const token = stage.sandbox.github.issueToken(grants);
            const other = stage.deployment.withEnvironment({ GITHUB_TOKEN: token });
            const before = await stage.snapshot();
            await other.configured({ rotation: stage.newLabel() }, async () => {
                for (const command of [["preview"], ["up", "--yes"]]) {
                    const outcome = await other.run(...command);
                    assert.notEqual(outcome.exitCode, 0);
                    assert.deepEqual(diagnostics(outcome), { [STACK]: [says] });
                    assert.ok(!outcome.output.includes(token));
                }
            });
            assert.deepEqual(await stage.snapshot(), before);
        });
    }

    it("expired is told apart by the engine's own refresh, or by us where there is none", async () => {
        const other = stage.deployment.withEnvironment({ GITHUB_TOKEN: "a-token-that-expired" });
        const before = await stage.snapshot();
        await other.configured({ rotation: stage.newLabel() }, async () => {
            const outcome = await other.run("up", "--yes", "--skip-preview");
            assert.notEqual(outcome.exitCode, 0);
            assert.match(outcome.output, /401 Bad credentials/);
            const unrefreshed = await other.run("preview", "--refresh=false");
            assert.deepEqual(diagnostics(unrefreshed), {
                [STACK]: [
                    "error: prometheus-write-secret:mirror: GitHub refuses the token (401 Bad credentials): it is mistyped, expired or revoked; set GITHUB_TOKEN to a valid one",
                ],
            });
        });
        assert.deepEqual(await stage.snapshot(), before);
    });

    it("has the rights the documentation names, and no others, is enough", async () => {
        const token = stage.sandbox.github.issueToken({
            metadata: "read",
            contents: "write",
            administration: "write",
        });
        const other = stage.deployment.withEnvironment({ GITHUB_TOKEN: token });
        await other.rotateTo(stage.newLabel());
    });
});

describe("an update without a preview, with a token that sees nothing", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    it("changes no Secret, and says how to go on with what its refresh took for gone", async () => {
        const { deployment } = await openNeighbour(stage, "blind", "first");
        await deployment.up();
        const before = await stage.secret("blind-auth");
        const blind = stage.sandbox.github.issueToken({});
        const name = "prometheus-write-secret:mirror.repository sandbox/blind-credentials";
        const refused = async (by: Deployment, reason: string) => {
            const outcome = await by.run("up", "--yes", "--skip-preview");
            assert.notEqual(outcome.exitCode, 0);
            const [said] = Object.values(diagnostics(outcome));
            assert.deepEqual(said, [`error: ${name}${reason}`]);
        };
        await deployment.configure({ rotation: "second" });
        await refused(
            deployment.withEnvironment({ GITHUB_TOKEN: blind }),
            ", which this stack wrote to, is not found: give the GitHub token access to it; if it was deleted, run pulumi refresh, make it again, private, and set mirror.create to false",
        );
        await refused(
            deployment,
            " was forgotten in a refresh, by a GitHub token that did not see it: set mirror.create to false to go on with it",
        );
        assert.deepEqual(await stage.secret("blind-auth"), before);
        await deployment.configure({ "mirror.create": false });
        await deployment.up();
        assert.equal((await deployment.rotation()).current, "second");
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
