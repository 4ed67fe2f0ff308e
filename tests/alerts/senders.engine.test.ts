// The metrics that alerts on senders go by are those of the senders. Prometheus's own are in
// alerts.engine.test.ts; that of the OpenTelemetry collector was read off one (0.158) by hand.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { waitFor } from "../../sandbox/parts/process.ts";
import { readMetrics } from "../../sandbox/runs/measure.ts";
import { startRefusedVmagent } from "../support/refusedVmagent.ts";

describe("a vmagent that is refused", function () {
    this.timeout(120_000);

    it("counts it as the alert has it", async () => {
        const sender = await startRefusedVmagent();
        const counted = async () => {
            const series =
                'vmagent_remotewrite_requests_total{url="1:secret-url", status_code="401"}';
            const [requests = 0] = await readMetrics(sender.url, series);
            return requests > 0;
        };
        try {
            await waitFor("a request that was refused", counted, { withinSeconds: 60 });
        } finally {
            await sender.stop();
        }
        const rules = await readFile("alerts/rules.yml", "utf8");
        assert.match(rules, /vmagent_remotewrite_requests_total\{status_code=~"401\|403"\}/);
    });
});
