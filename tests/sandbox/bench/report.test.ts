import assert from "node:assert/strict";
import type { Sample } from "../../../sandbox/bench/bench.ts";
import { OPERATIONS } from "../../../sandbox/bench/operations.ts";
import { renderMarkdown, renderText } from "../../../sandbox/bench/report.ts";
import { SUBJECTS } from "../../../sandbox/bench/subjects.ts";

/** Seconds the floor takes with so many senders, in a run on a machine that slows down. */
const floorSeconds = (senders: number, run: number) => (1 + senders / 100) * run;
const FACTORS = { empty: 0.5, floor: 1, program: 1.2 };

/** Three runs with 1 and 100 senders. */
const SAMPLES: readonly Sample[] = [1, 100].flatMap((senders) =>
    [1, 2, 3].flatMap((run) =>
        OPERATIONS.flatMap((operation) =>
            SUBJECTS.filter((name) => name !== "empty" || operation !== "rotation").map(
                (subject) => ({
                    ...{ senders, run, operation, subject },
                    seconds: floorSeconds(senders, run) * FACTORS[subject],
                    waitedSeconds: subject === "program" ? 3 : 0,
                    phases: {
                        ...{ engine: 1, refresh: 0, resources: 3, ending: 0.5 },
                        program: subject === "program" ? 2.5 : 2,
                    },
                    resources: senders * 3,
                    memoryBytes: 512 * 1024 * 1024,
                    processorSeconds: undefined,
                    kubernetesCalls: senders * 2,
                    gitHubCalls: 8,
                    checkpointBytes: senders * 1024,
                }),
            ),
        ),
    ),
);

/** The rows of a Markdown table, by what its rows begin with, without that. */
function row(markdown: string, heading: string, name: string): readonly string[] {
    const [, section = ""] = markdown.split(`## ${heading}\n`);
    const line = section.split("\n").find((text) => text.startsWith(`| ${name} |`));
    return (line ?? "")
        .split("|")
        .slice(2, -1)
        .map((cell) => cell.trim());
}

describe("renderMarkdown", () => {
    const tools = { pulumi: { name: "pulumi", version: "3.0.0", source: "built", path: "/p" } };
    const markdown = renderMarkdown(SAMPLES, tools as never);
    const [TARGETS, SECONDS, FURTHER] = [
        "The program as a multiple of the floor",
        "Seconds",
        "Milliseconds that each further sender takes",
    ] as const;

    it("says whether each target is met", () => {
        const met = row(markdown, TARGETS, "rotation, 100");
        const missed = row(markdown, TARGETS, "preview without changes, 1");
        assert.deepEqual(met, ["1.20", "1.40", "yes"]);
        assert.deepEqual(missed, ["1.20", "1.15", "no"]);
    });

    it("has medians, and ratios within runs", () => {
        assert.deepEqual(row(markdown, SECONDS, "up without changes, 1"), [
            "1.01",
            "2.02",
            "2.42",
            "1.20",
            "2.00",
        ]);
    });

    it("leaves out what an empty program cannot do", () => {
        assert.deepEqual(row(markdown, SECONDS, "rotation, 100"), ["", "4.00", "4.80", "1.20", ""]);
    });

    it("has the growth between numbers of senders", () => {
        assert.deepEqual(row(markdown, FURTHER, "first up, program"), ["24.0"]);
    });

    it("says what the program takes longer for, phase by phase", () => {
        const heading = "Milliseconds the program takes longer than the floor";
        assert.deepEqual(row(markdown, heading, "rotation, 1"), ["0", "0", "500", "0", "0", "404"]);
    });

    it("leaves out what could not be measured", () => {
        const heading = "Processors, memory, state and calls, floor / program";
        assert.deepEqual(row(markdown, heading, "rotation, 100"), [
            ...["", "300 / 300", "512 / 512", "100 / 100", "200 / 200", "8 / 8"],
        ]);
    });

    it("says how often it measured, and with what", () => {
        assert.match(markdown, /3 times with 1 sender, 3 times with 100 senders/);
        assert.match(markdown, /With pulumi 3\.0\.0\./);
    });
});

describe("renderText", () => {
    it("lines the same numbers up", () => {
        const lines = renderText(SAMPLES).split("\n");
        const start = lines.indexOf("Seconds:");
        const [header = "", first = ""] = lines.slice(start + 2);
        assert.equal(header.length, first.length);
        assert.match(first, /^ {2}first up, 1 +1\.01 +2\.02 +2\.42 +1\.20 +2\.00$/);
    });
});
