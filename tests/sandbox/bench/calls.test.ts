import assert from "node:assert/strict";
import { parseCalls } from "../../../sandbox/bench/calls.ts";

/** A counter as kube-apiserver 1.36 shows it. */
function counter(resource: string, verb: string, count: number | string): string {
    return (
        `apiserver_request_total{code="200",component="apiserver",dry_run="",group="",` +
        `resource="${resource}",scope="resource",subresource="",verb="${verb}",version="v1"} ${count}`
    );
}

describe("parseCalls", () => {
    it("adds up what updates ask for", () => {
        const metrics = [
            "# TYPE apiserver_request_total counter",
            counter("secrets", "GET", 3),
            counter("secrets", "APPLY", 2),
            counter("configmaps", "LIST", 1),
            counter("events", "LIST", "1e+01"),
        ];
        assert.equal(parseCalls(metrics.join("\n")), 16);
    });

    it("leaves out watches, and what the API server asks itself for", () => {
        const metrics = [
            counter("secrets", "WATCH", 3),
            counter("leases", "PUT", 90),
            counter("secrets", "GET", 1).replace("request_total", "request_duration_seconds_count"),
        ];
        assert.equal(parseCalls(metrics.join("\n")), 0);
    });
});
