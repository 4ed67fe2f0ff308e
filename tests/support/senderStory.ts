import assert from "node:assert/strict";
import type { Login } from "../../settings/schema.ts";
import type { RunningSender } from "../../sandbox/parts/senderParts.ts";
import { openTrial, type Trial, type TrialReport } from "../../sandbox/runs/trial.ts";
import { Deployment, SECRET, steps } from "./deployment.ts";
import type { Stage } from "./stage.ts";

/** What every kind of sender goes through, with samples flowing. */
export function describeSender(
    stage: Stage,
    sender: RunningSender,
    name: string,
    login?: Login,
): void {
    const labels: string[] = [];
    let trial: Trial;
    let deployment: Deployment;
    let report: TrialReport;
    before(async () => {
        labels.push(stage.newLabel(), stage.newLabel());
        const [rotation = "", to = ""] = labels;
        trial = await openTrial(stage.sandbox, { sender, name, rotation, login });
        deployment = new Deployment(trial.engine, trial.file);
        stage.others.push(deployment);
        await deployment.up();
        report = await trial.watch(to, async () => {
            const outcome = await deployment.rotateTo(to);
            assert.deepEqual(steps(outcome, SECRET), ["update", "update"]);
        });
    });

    it("loses no sample in a rotation, and is not restarted", () => {
        assert.equal(report.restarted, false);
        assert.ok(report.sent > 10_000, `${report.sent} samples prove little`);
        assert.equal(report.lost, 0);
    });

    it("pushes with the new credential within seconds of its files", () => {
        const { movedSeconds = Infinity } = report;
        assert.ok(movedSeconds < 5, `${movedSeconds} s`);
    });

    it("leaves nothing to do for another up", async () => {
        assert.equal((await deployment.up()).changes, 0);
        const [from = "", to = ""] = labels;
        const { accepted, senders } = await deployment.rotation();
        assert.deepEqual([accepted, senders], [[to, from], { [name]: to }]);
    });
}
