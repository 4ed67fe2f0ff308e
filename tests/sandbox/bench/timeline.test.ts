import assert from "node:assert/strict";
import type { FrontRequest } from "../../../sandbox/bench/front.ts";
import {
    countResources,
    type Mark,
    phases,
    type Timeline,
    waitedSeconds,
} from "../../../sandbox/bench/timeline.ts";

const STACK = "pulumi:pulumi:Stack";
const SECRET = "kubernetes:core/v1:Secret";

function step(at: number, op: string, type: string, urn = type): Mark {
    return { at, event: { timestamp: 0, resourcePreEvent: { metadata: { op, type, urn } } } };
}

function asked(
    kind: FrontRequest["kind"],
    start: number,
    end: number,
    withCredential = kind === "push",
): FrontRequest {
    return { kind, start, end, withCredential };
}

/** A rotation, in milliseconds. */
const ROTATION: Timeline = {
    start: 1000,
    end: 20_000,
    marks: [
        { at: 1500, event: { timestamp: 0 } },
        step(2000, "refresh", STACK),
        step(3000, "refresh", SECRET),
        step(4000, "same", STACK),
        step(5000, "same", "pulumi:providers:github"),
        step(8000, "update", SECRET, "receiver"),
        step(9000, "update", SECRET, "sender"),
        step(10_000, "same", SECRET, "another"),
        { at: 12_000, event: { timestamp: 0 } },
        step(19_000, "same", STACK),
    ],
    asked: [
        asked("push", 5500, 5600, false),
        asked("metrics", 6000, 6010),
        asked("metrics", 7000, 7010),
        asked("push", 8500, 14_000),
        asked("push", 15_000, 15_010),
        asked("query", 15_020, 16_000),
    ],
};

describe("waitedSeconds", () => {
    it("counts watching, and the gate while the engine has nothing to do", () => {
        assert.equal(waitedSeconds(ROTATION), 1.01 + 6);
    });

    it("takes being asked without a credential for work", () => {
        const guard = ROTATION.asked.slice(0, 1);
        assert.equal(waitedSeconds({ ...ROTATION, asked: guard }), 0);
    });

    it("is nothing where no receiver was asked", () => {
        assert.equal(waitedSeconds({ ...ROTATION, asked: [] }), 0);
    });
});

describe("phases", () => {
    it("share a command's seconds out, without what was waited", () => {
        const found = phases(ROTATION);
        const expected = { engine: 1, refresh: 1, program: 3.99, resources: 5, ending: 1 };
        assert.deepEqual(found, expected);
        const sum = Object.values(found).reduce((total, seconds) => total + seconds, 0);
        assert.ok(Math.abs(sum - (19 - waitedSeconds(ROTATION))) < 0.001);
    });

    it("are the engine's, the program's and the ending where nothing is made", () => {
        const marks = [step(1500, "same", STACK), step(3000, "same", STACK)];
        assert.deepEqual(phases({ start: 1000, end: 4000, marks, asked: [] }), {
            engine: 0.5,
            refresh: 0,
            program: 1.5,
            resources: 0,
            ending: 1,
        });
    });
});

describe("countResources", () => {
    it("counts each once, and not what was only refreshed", () => {
        assert.equal(countResources(ROTATION), 5);
    });
});
