// A real Prometheus that scrapes what users have answers each query of the dashboard.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Evidence } from "../../commands/report/evidence.ts";
import type { Traffic } from "../../commands/report/traffic.ts";
import { waitFor } from "../../sandbox/parts/process.ts";
import { type Asked, allOf, readDashboard } from "../support/dashboard.ts";
import { useSandbox } from "../support/fixture.ts";
import { startRefusedVmagent } from "../support/refusedVmagent.ts";
import { serveFile, startWatchman, type Watchman } from "../support/watchman.ts";

const LIMIT_SECONDS = 90; // for a machine that is busy with other things

/** Read off a collector (0.158) by hand, as none is built here. */
const COLLECTOR = `# TYPE otelcol_exporter_sent_metric_points counter
otelcol_exporter_sent_metric_points{exporter="prometheusremotewrite/central"} 5
# TYPE otelcol_exporter_send_failed_metric_points counter
otelcol_exporter_send_failed_metric_points{exporter="prometheusremotewrite/central"} 0
`;

/** A query as Grafana asks it where the reader has chosen all; it scrapes twice a second here. */
function chosen({ expr }: Asked): string {
    return expr.replaceAll("$__rate_interval", "3s").replaceAll(/\$\w+/g, ".*");
}

describe("the dashboard", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const stops: (() => Promise<void>)[] = [];
    const asked = allOf(readDashboard());
    let watchman: Watchman;
    const look = async () => {
        const ran = await stage.deployment.command("metrics", "--textfile", watchman.textfile);
        assert.equal(ran.exitCode, 0, ran.output);
    };
    /** Waits until a panel's first query gives just these series, by one of their labels. */
    const shows = async (title: string, label: string, names: readonly string[], above = "") => {
        const query = asked.find(({ where }) => where === `${title}, query 1`);
        assert.ok(query, title);
        const isSo = async () => {
            const series = await watchman.series(chosen(query) + above);
            const seen = new Set(series.map((labels) => labels[label]));
            return seen.size === names.length && names.every((name) => seen.has(name));
        };
        const what = `${title}: ${names.join(" and ")}`;
        await waitFor(what, isSo, { withinSeconds: LIMIT_SECONDS });
    };
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        await stage.ensureOverlap();
        const vmagent = await startRefusedVmagent();
        stops.push(() => vmagent.stop());
        const home = join(stage.sandbox.directory, "collector");
        await mkdir(home);
        await writeFile(join(home, "metrics"), COLLECTOR);
        const collector = await serveFile(join(home, "metrics"));
        stops.push(() => collector.stop());
        const others = { vmagent: vmagent.url, collector: `http://${collector.target}` };
        watchman = await startWatchman(stage.sandbox, others);
        stops.push(() => watchman.stop());
    });
    after(async () => {
        for (const stop of stops.reverse()) await stop();
    });

    it("asks nothing that gives no data, nor names a series by a label it has not", async () => {
        await look();
        assert.ok(asked.length > 20, `it asks ${asked.length}`);
        for (const one of asked) {
            const series = await waitFor(
                `data for ${one.where}: ${one.expr}`,
                async () => {
                    const found = await watchman.series(chosen(one));
                    return found.length > 0 ? found : undefined;
                },
                { withinSeconds: LIMIT_SECONDS },
            );
            for (const labels of series) {
                for (const label of one.labels)
                    assert.ok(label in labels, `${one.where}: ${label}`);
            }
        }
    });
    it("shows a rotation: one generation hands over to the next", async () => {
        const { deployment } = stage;
        const requests = (label: string) =>
            shows("Requests, by generation", "username", [label], " > 0");
        const [former = ""] = (await deployment.rotation()).accepted;
        await requests(former);
        await shows("Senders, by generation", "generation", [former]);
        const next = stage.newLabel();
        await deployment.rotateTo(next);
        await look();
        await requests(next);
        await shows("Senders, by generation", "generation", [next]);
    });

    it("asks the Prometheus that the report draws the same rotation from", async () => {
        const { current } = await stage.deployment.rotation();
        const asked = ["--prometheus", watchman.url, "--around", "0.5", "--json"];
        const { exitCode, output } = await stage.deployment.command("report", ...asked);
        assert.equal(exitCode, 0, output);
        const { signed, warnings, rotations, traffic } = JSON.parse(output) as Evidence & {
            readonly traffic: Traffic;
        };
        assert.deepEqual([signed, warnings, rotations[0]?.generation], [true, [], current]);
        const labels = traffic.generations.map(({ label }) => label);
        assert.equal(labels.at(-1), current);
        assert.ok(labels.length > 1, "a generation hands over");
        assert.ok(traffic.senders.some(({ sent }) => sent > 0));
        assert.ok(traffic.senders.every(({ lost }) => lost === 0));
    });

    it("shows what is accepted where, by what receivers have loaded", async () => {
        const { deployment } = stage;
        await stage.senderFollowed();
        const { accepted } = await deployment.rotation();
        const [current = "", former = ""] = accepted;
        const title = "Accepted, as receivers have loaded it";
        await shows(title, "username", accepted);
        await shows("Accepted, as recorded", "state", ["current", "former"]);
        const { exitCode, output } = await deployment.command("retire", former, "--yes");
        assert.equal(exitCode, 0, output);
        await look();
        await shows(title, "username", [current]);
        await shows("Accepted, as recorded", "state", ["current"]);
        await deployment.configure({ retired: undefined });
    });
});
