import assert from "node:assert/strict";
import { pairsOf } from "../../../sandbox/matrix/pairs.ts";
import { type Cell, describe as describeCell, findFaults } from "../../../sandbox/matrix/table.ts";
import type { TrialReport } from "../../../sandbox/runs/trial.ts";

const [token, password] = pairsOf("vmagent", "nginx");
const [usernames] = pairsOf("vmagent", "htpasswd");

function cell(pair: typeof token, report?: Partial<TrialReport>): Cell {
    assert.ok(pair);
    const whole = { sent: 12_000, lost: 0, movedSeconds: 0.5, restarted: false, ...report };
    return { pair, report: report && whole };
}

describe("findFaults", () => {
    it("finds none where nothing is lost but by hand, and by what may lose", () => {
        const cells = [cell(token, {}), cell(usernames, { lost: 400 })];
        const controls = [cell(token, { lost: 400 })];
        assert.deepEqual(findFaults({ cells, controls }), []);
    });

    it("tells of each loss, each failure, and each control that lost nothing", () => {
        const cells = [cell(token, { lost: 1200 }), cell(password)];
        assert.deepEqual(findFaults({ cells, controls: [cell(token, {})] }), [
            "vmagent-nginx-password could not be rotated",
            "vmagent-nginx-token lost 1,200 samples",
            "the control of vmagent-nginx-token lost nothing: the measurement proves nothing",
        ]);
    });
});

describe("describe", () => {
    it("says what may be lost, and leaves empty what is not counted", () => {
        assert.equal(
            describeCell(cell(usernames, { movedSeconds: undefined })),
            "sent 12,000, lost 0 (may lose), moved (s) -, restarts 0",
        );
    });
});
