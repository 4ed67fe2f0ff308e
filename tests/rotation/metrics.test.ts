import assert from "node:assert/strict";
import { renderMetrics } from "../../rotation/metrics.ts";
import type { Status } from "../../rotation/status.ts";

const judged = {
    project: "prometheus-write-secret",
    stack: "prod",
    now: new Date("2026-12-01T12:00:00.500Z"),
};
const status: Status = {
    keeper: "c",
    inUse: ["c", "b"],
    accepted: ["c", "b", "a", "old", "leak"],
    revision: 3,
    finished: false,
    senders: { edge: "b", agent: "c" },
    behind: ["edge"],
    receivers: {},
    since: "2026-11-21T00:00:00.000Z",
    ageDays: 10,
    due: "2027-02-19T00:00:00.000Z",
    faults: [
        { kind: "unfinished", message: "" },
        { kind: "outlived", about: "old", message: "" },
        { kind: "leaked", about: "leak", message: "" },
        { kind: "unproven", about: "a", message: "" }, // a receiver of that name
    ],
};

/** The series without comments, and without the labels all have. */
async function seriesOf(of: Status): Promise<readonly string[]> {
    const lines = (await renderMetrics(of, judged)).split("\n");
    const all = 'project="prometheus-write-secret",stack="prod"';
    return lines
        .filter((line) => line.startsWith("write_credential_"))
        .map((line) => {
            assert.ok(line.includes(all), line);
            return line
                .replace(all, "")
                .replace(/^write_credential_/, "")
                .replace(",}", "}");
        });
}

describe("renderMetrics", () => {
    it("tells what a status tells: times as points, faults by kind, generations by what keeps them", async () => {
        assert.deepEqual(await seriesOf(status), [
            "since_timestamp_seconds{} 1795219200",
            "read_timestamp_seconds{} 1796126400.5",
            "revision{} 3",
            "finished{} 0",
            'faults{kind="never"} 0',
            'faults{kind="unfinished"} 1',
            'faults{kind="unproven"} 1',
            'faults{kind="overdue"} 0',
            'faults{kind="leaked"} 1',
            'faults{kind="outlived"} 1',
            "senders_behind{} 1",
            'sender_info{sender="edge",generation="b"} 1',
            'sender_info{sender="agent",generation="c"} 1',
            'generation_info{generation="c",state="current"} 1',
            'generation_info{generation="b",state="in use"} 1',
            'generation_info{generation="a",state="former"} 1',
            'generation_info{generation="old",state="outlived"} 1',
            'generation_info{generation="leak",state="leaked"} 1',
        ]);
    });

    it("says nothing of what is not known before the first rotation", async () => {
        const never: Status = {
            ...{ keeper: "a", inUse: [], accepted: [], senders: {}, behind: [], receivers: {} },
            ...{
                finished: false,
                due: undefined,
                revision: undefined,
                since: undefined,
                ageDays: undefined,
            },
            faults: [{ kind: "never", message: "" }],
        };
        const series = await seriesOf(never);
        assert.deepEqual(
            series.filter((line) => !line.startsWith("faults{")),
            ["read_timestamp_seconds{} 1796126400.5", "finished{} 0", "senders_behind{} 0"],
        );
        assert.ok(series.includes('faults{kind="never"} 1'));
    });
});
