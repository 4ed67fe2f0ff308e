import assert from "node:assert/strict";
import fc from "fast-check";
import { type Counter, describeTraffic, rates } from "../../../commands/report/traffic.ts";

const WINDOW = { from: 1000, to: 1900 };

/** A counter that is scraped each ten seconds, from before the window to after it. */
function counter(labels: Counter["labels"], grown: (at: number) => number): Counter {
    const ats = Array.from({ length: 111 }, (_, index) => 900 + index * 10);
    let value = 0;
    return { labels, points: ats.map((at) => [at, (value += grown(at))] as const) };
}

describe("rates", () => {
    it("add up to what was counted, however far apart the scrapes are", () => {
        const scrapes = fc.array(
            fc.record({ seconds: fc.integer({ min: 1, max: 300 }), grown: fc.nat(10_000) }),
            { minLength: 1, maxLength: 60 },
        );
        fc.assert(
            fc.property(scrapes, (all) => {
                const points: (readonly [number, number])[] = [[0, 5]];
                for (const { seconds, grown } of all) {
                    const [at, value] = points.at(-1) ?? [0, 0];
                    points.push([at + seconds, value + grown]);
                }
                const window = { from: 0, to: points.at(-1)?.[0] ?? 0 };
                const each = rates([{ labels: {}, points }], window);
                const counted = each.reduce((one, other) => one + other, 0) * (window.to / 90);
                const grown = all.reduce((sum, one) => sum + one.grown, 0);
                assert.ok(Math.abs(counted - grown) < 1e-6 * Math.max(1, grown));
            }),
        );
    });

    it("take a counter that is less for one that began anew", () => {
        const points = [[1000, 900] as const, [1900, 90] as const];
        const each = rates([{ labels: {}, points }], WINDOW);
        assert.ok(each.every((rate) => Math.abs(rate - 0.1) < 1e-9));
    });

    it("are none before the first scrape, and after the last", () => {
        const points = [[1300, 0] as const, [1600, 300] as const];
        const each = rates([{ labels: {}, points }], WINDOW);
        assert.deepEqual(
            each.map((rate) => Math.round(rate)),
            Array.from({ length: 90 }, (_, index) => (index >= 30 && index < 60 ? 1 : 0)),
        );
    });
});

describe("describeTraffic", () => {
    it("tells generations apart, and leaves out who is none of them or pushed nothing", () => {
        const requests = [
            counter({ username: "a", instance: "0" }, (at) => (at <= 1450 ? 10 : 0)),
            counter({ username: "a", instance: "1" }, (at) => (at <= 1450 ? 10 : 0)),
            counter({ username: "b", instance: "0" }, (at) => (at > 1450 ? 20 : 0)),
            counter({ username: "c", instance: "0" }, () => 0),
            counter({ username: "grafana", instance: "0" }, () => 50),
        ];
        const counted = { requests, sent: [], lost: [] };
        const { generations } = describeTraffic(counted, ["a", "b", "c"], WINDOW);
        const [first, second] = [0, 89].map((step) =>
            generations.map(({ label, rates: each }) => [label, each[step]]),
        );
        assert.deepEqual(first, [
            ["a", 2],
            ["b", 0],
        ]);
        assert.deepEqual(second, [
            ["a", 0],
            ["b", 2],
        ]);
    });

    it("counts each sender's samples, those of all its queues", () => {
        const sent = [
            counter({ instance: "edge", url: "1" }, () => 100),
            counter({ instance: "edge", url: "2" }, () => 50),
            counter({ instance: "agent" }, () => 10),
        ];
        const lost = [counter({ instance: "edge" }, (at) => (at === 1500 ? 7 : 0))];
        assert.deepEqual(describeTraffic({ requests: [], sent, lost }, [], WINDOW).senders, [
            { sender: "agent", sent: 900, lost: 0 },
            { sender: "edge", sent: 13_500, lost: 7 },
        ]);
    });
});
