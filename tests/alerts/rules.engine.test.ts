// The alerts, judged by promtool; what makes them and ends them in truth is in alerts.engine.test.ts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { execa } from "execa";
import { parse } from "yaml";
import { provideTools } from "../../sandbox/toolchain/toolchain.ts";

interface Rule {
    readonly alert: string;
    readonly labels: { readonly severity: string };
    readonly annotations: Readonly<Record<string, string>>;
}

interface Groups {
    readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

function read(path: string): unknown {
    return parse(readFileSync(path, "utf8"));
}

async function promtool(...args: readonly string[]): Promise<string> {
    const { promtool } = await provideTools(["promtool"]);
    const { exitCode, all } = await execa(promtool.path, args, { all: true, reject: false });
    assert.equal(exitCode, 0, all);
    return all;
}

const rules = read("alerts/rules.yml") as Groups;
const alerts = rules.groups.flatMap((group) => group.rules);

describe("alerts/rules.yml", function () {
    this.timeout(120_000);

    it("is what Prometheus reads", async () => {
        const said = await promtool(
            "check",
            "rules",
            "--lint=all",
            "--lint-fatal",
            "alerts/rules.yml",
        );
        assert.match(said, new RegExp(`SUCCESS: ${alerts.length} rules found`));
    });

    it("alerts when it should, in the right words, and not else", async () => {
        await promtool("test", "rules", "tests/alerts/rules.test.yml");
    });

    it("has each alert tried", () => {
        const { tests } = read("tests/alerts/rules.test.yml") as {
            tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
        };
        const tried = tests.flatMap((test) => test.alert_rule_test);
        const made = (fires: boolean) => {
            const names = tried.filter((one) => one.exp_alerts.length > 0 === fires);
            return [...new Set(names.map(({ alertname }) => alertname))].sort();
        };
        const names = alerts.map(({ alert }) => alert).sort();
        assert.deepEqual([made(true), made(false)], [names, names]);
    });

    it("leads from each alert to what to do", () => {
        const page = readFileSync("docs/alerts.md", "utf8");
        for (const { alert, annotations, labels } of alerts) {
            assert.equal(annotations["runbook_url"], `docs/alerts.md#${alert.toLowerCase()}`);
            assert.match(page, new RegExp(`^### ${alert}$`, "m"));
            assert.match(labels.severity, /^(critical|warning)$/);
        }
    });
});

describe("alerts/prometheusRule.yml", () => {
    it("has the same alerts, with what selectors ask for", () => {
        assert.deepEqual(read("alerts/prometheusRule.yml"), {
            apiVersion: "monitoring.coreos.com/v1",
            kind: "PrometheusRule",
            metadata: {
                name: "write-credential",
                labels: {
                    prometheus: "k8s",
                    role: "alert-rules",
                    release: "kube-prometheus-stack",
                },
            },
            spec: rules,
        });
    });
});
