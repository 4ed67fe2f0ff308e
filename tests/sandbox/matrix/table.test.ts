import assert from "node:assert/strict";
import { findMisfits, pairsOf } from "../../../sandbox/matrix/pairs.ts";
import {
    type Cell,
    describe as describeCell,
    findFaults,
    type Matrix,
} from "../../../sandbox/matrix/table.ts";
import type { TrialReport } from "../../../sandbox/runs/trial.ts";

const [token, password] = pairsOf("vmagent", "nginx");
const [usernames] = pairsOf("vmagent", "htpasswd");

function cell(pair: typeof token, report?: Partial<TrialReport>): Cell {
    assert.ok(pair);
    const whole = { sent: 12_000, lost: 0, movedSeconds: 0.5, restarted: false, ...report };
    return { pair, report: report && whole };
}

function recipe(lost: number): Matrix["recipe"] {
    assert.ok(password);
    return { pair: password, count: { sent: 12_000, lost } };
}

describe("findFaults", () => {
    it("finds none where nothing is lost but by hand, and a batch by what may lose", () => {
        const cells = [cell(token, {}), cell(usernames, { lost: 2000 })];
        const controls = [cell(token, { lost: 400 })];
        assert.deepEqual(findFaults({ cells, controls, recipe: recipe(4000) }), []);
    });

    it("tells of each loss, each failure, and each control that lost nothing", () => {
        const cells = [
            cell(token, { lost: 1200 }),
            cell(password),
            cell(usernames, { lost: 2001 }),
        ];
        const controls = [cell(token, {})];
        assert.deepEqual(findFaults({ cells, controls, recipe: recipe(0) }), [
            "vmagent-nginx-password could not be rotated",
            "vmagent-nginx-token lost 1,200 samples",
            "vmagent-htpasswd-password lost 2,001 samples",
            "the control of vmagent-nginx-token lost nothing: the measurement proves nothing",
            "the recipe lost nothing: the measurement proves nothing",
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

describe("findMisfits", () => {
    it("has the kinds say why they do not meet, and what nothing runs", () => {
        const lines = findMisfits().map(
            ({ sender, receiver, form, reason }) => `${sender} ${receiver} ${form}: ${reason}`,
        );
        const like = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
        assert.equal(like(/^every htpasswd token: it takes a username and a password alone$/), 1);
        assert.equal(like(/^alloy prometheus password: .*Alloy reads no username from a file/), 1);
        assert.equal(like(/^prometheus-operator every every: not run here/), 1);
        assert.equal(
            like(/^(prometheus|prometheus-agent|secret|vmagent|opentelemetry-collector) /),
            0,
        );
    });
});
