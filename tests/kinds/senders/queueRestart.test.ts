import assert from "node:assert/strict";
import { queueRestartReasons } from "../../../kinds/senders/queueRestart.ts";
import { renderPrometheus } from "../../../kinds/senders/prometheus.ts";

const entry = {
    name: "central",
    url: "https://push.example/api/v1/write",
    credentialsFile: "/c/token",
};
const base = "global: {scrape_interval: 15s, external_labels: {cluster: a}}\n";
const former = renderPrometheus(base, entry);

describe("queueRestartReasons", () => {
    const quiet: readonly (readonly [string, string])[] = [
        ["nothing changes", former],
        ["a comment is added", `# new\n${former}`],
        ["something else is scraped", renderPrometheus(`${base}scrape_configs: []\n`, entry)],
        [
            "another remote_write entry is added before ours",
            renderPrometheus(`${base}remote_write: [{url: http://other}]\n`, entry),
        ],
    ];
    for (const [what, next] of quiet) {
        it(`finds none when ${what}`, () => {
            assert.deepEqual(queueRestartReasons(former, next, entry), []);
        });
    }

    const restarts: readonly (readonly [string, string])[] = [
        [
            "its URL",
            renderPrometheus(base, { ...entry, url: "https://other.example/api/v1/write" }),
        ],
        ["the name of its remote_write entry", renderPrometheus(base, { ...entry, name: "other" })],
        ["its credential form", renderPrometheus(base, { ...entry, credentialsFile: "/d/token" })],
        ["the external labels", renderPrometheus(base.replace("cluster: a", "cluster: b"), entry)],
    ];
    for (const [reason, next] of restarts) {
        it(`finds ${reason}`, () => {
            assert.deepEqual(queueRestartReasons(former, next, entry), [reason]);
        });
    }
});
