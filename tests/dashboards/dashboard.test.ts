// What Grafana would stumble over. The shape itself is that of Grafana's own builders and types, by
// which it is written; that its queries give data is in dashboard.engine.test.ts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { allOf, type DashboardFile, readDashboard } from "../support/dashboard.ts";

const { title, uid, panels, templating, annotations }: DashboardFile = readDashboard();

describe("dashboards/write-credential.json", () => {
    it("is known by one name, and its panels by their own", () => {
        assert.deepEqual([title, uid], ["Write credential", "write-credential"]);
        for (const key of ["id", "title"] as const) {
            const values = panels.map((panel) => panel[key]);
            assert.equal(new Set(values).size, values.length, key);
        }
    });

    it("asks the data source that the reader chooses, and no other", () => {
        const [chosen, ...variables] = templating.list;
        assert.deepEqual([chosen?.type, chosen?.query], ["datasource", "prometheus"]);
        const asking = [
            ...variables,
            ...annotations.list,
            ...panels.filter(({ type }) => type !== "row"),
            ...panels.flatMap(({ targets = [] }) => targets),
        ];
        for (const { datasource } of asking) {
            assert.deepEqual(datasource, { type: "prometheus", uid: `\${${chosen?.name ?? ""}}` });
        }
    });

    it("names no variable that it does not have", () => {
        const names = new Set(templating.list.map(({ name }) => name));
        const used = allOf(readDashboard()).flatMap(({ expr }) =>
            [...expr.matchAll(/\$(\w+)/g)].map(([, name = ""]) => name),
        );
        assert.deepEqual(new Set(used), new Set([...names, "__rate_interval"].slice(1)));
    });

    it("fills each line of the grid, and lays nothing over another", () => {
        const cells = new Set<string>();
        for (const { gridPos } of panels) {
            for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
                for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
                    assert.ok(!cells.has(`${x},${y}`), `two at ${x},${y}`);
                    cells.add(`${x},${y}`);
                }
            }
        }
        const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
        assert.equal(cells.size, 24 * height);
    });

    it("colours a generation by its name, stacked: one hands over to the next", () => {
        const handOver = panels.find((panel) => panel.title === "Requests, by generation");
        const { color, custom } = handOver?.fieldConfig?.defaults ?? {};
        assert.deepEqual(
            [color?.mode, custom?.stacking?.mode],
            ["palette-classic-by-name", "normal"],
        );
    });
});

describe("dashboards/configMap.yml", () => {
    it("has the same dashboard, with the label that Grafana's sidecar looks for", () => {
        const { metadata, data, ...rest } = parse(
            readFileSync("dashboards/configMap.yml", "utf8"),
        ) as { metadata: unknown; data: Readonly<Record<string, string>> };
        assert.deepEqual(rest, { apiVersion: "v1", kind: "ConfigMap" });
        assert.deepEqual(metadata, {
            name: "write-credential-dashboard",
            labels: { grafana_dashboard: "1" },
        });
        assert.deepEqual(Object.keys(data), ["write-credential.json"]);
        assert.deepEqual(JSON.parse(data["write-credential.json"] ?? ""), readDashboard());
    });
});
