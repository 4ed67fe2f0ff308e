// The metrics that alerts on senders go by are those of the senders. Prometheus's own are in
// alerts.engine.test.ts; that of the OpenTelemetry collector was read off one (0.158) by hand.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startExporter } from "../../sandbox/parts/exporter.ts";
import { waitFor } from "../../sandbox/parts/process.ts";
import { startVmagent } from "../../sandbox/parts/vmagentPart.ts";
import { readMetrics } from "../../sandbox/runs/measure.ts";
import { provideTools } from "../../sandbox/toolchain/toolchain.ts";
import { answering } from "../support/answering.ts";

describe("a vmagent that is refused", function () {
    this.timeout(120_000);

    it("counts it as the alert has it", async () => {
        const { vmagent } = await provideTools(["vmagent"]);
        const pod = await mkdtemp(join(tmpdir(), "vmagent-"));
        await mkdir(join(pod, "write-credential"));
        await writeFile(join(pod, "write-credential", "token"), "refused");
        const exporter = await startExporter(1);
        const receiver = await answering(() => 401);
        const place = { name: "vmagent", pod, target: exporter.target, url: receiver.url };
        const sender = await startVmagent({
            ...place,
            ...{ command: vmagent.path, login: {}, logs: join(pod, "logs") },
        });
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
            await Promise.all([receiver.stop(), exporter.stop()]);
            await rm(pod, { recursive: true, force: true });
        }
        const rules = await readFile("alerts/rules.yml", "utf8");
        assert.match(rules, /vmagent_remotewrite_requests_total\{status_code=~"401\|403"\}/);
    });
});
