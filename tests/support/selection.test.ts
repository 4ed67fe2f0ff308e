import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { promisify } from "node:util";
import { select } from "./selection.ts";

const ALL = [
    "tests/story/gate.engine.test.ts",
    "tests/update/decide.mocks.test.ts",
    "tests/update/preflight/takeover.engine.test.ts",
    "tests/update/preflight/takeover.mocks.test.ts",
    "tests/rotation/plan.test.ts",
    "tests/rotation/planLaws.test.ts",
];
const [gate, decide, takeover, mockedTakeover, plan, planLaws] = ALL;

describe("select", () => {
    const cases: Readonly<Record<string, readonly [string, readonly (string | undefined)[]]>> = {
        "all when nothing is named": ["", ALL],
        "a room": ["rotation", [plan, planLaws]],
        "a room with those in it": ["update", [decide, takeover, mockedTakeover]],
        "a room in another": ["update/preflight", [takeover, mockedTakeover]],
        "a room by its path": ["./tests/update/preflight/", [takeover, mockedTakeover]],
        "several, each once, in the order of all": ["rotation story tests", ALL],
        "a rung of all": ["--rung pure", [plan, planLaws]],
        "a rung of a room": ["update --rung mocks", [decide, mockedTakeover]],
        "the rung of the engine": ["--rung engine", [gate, takeover]],
    };
    for (const [what, [line, files]] of Object.entries(cases)) {
        it(`takes ${what}`, () => {
            assert.deepEqual(select(line.split(" ").filter(Boolean), ALL), files);
        });
    }

    it("takes a file and a pattern, with or without tests/", () => {
        const all = globSync("tests/**/*.test.ts").sort();
        const laws = all.filter((file) => file.startsWith("tests/rotation/plan"));
        assert.equal(laws.length, 2);
        for (const name of ["rotation/plan*", "tests/rotation/plan*"]) {
            assert.deepEqual(select([name], all), laws);
        }
        const [first = ""] = laws;
        for (const name of [first, `./${first}`, first.slice("tests/".length)]) {
            assert.deepEqual(select([name], all), [first]);
        }
    });

    it("refuses what is neither, with the rooms there are", () => {
        const rooms = "rotation, story, update, update/preflight";
        for (const name of ["absent", "rot", "tests/main.ts", "tests/support/selection.ts"]) {
            const message = `there is no room or test called ${name}: name a room (${rooms}), a test file, or nothing for all`;
            assert.throws(() => select(["rotation", name], ALL), { message });
        }
    });

    it("refuses a rung there is not, and one with no test", () => {
        assert.throws(() => select(["--rung", "fast"], ALL), {
            message: "--rung must be one of pure, mocks, engine, got fast",
        });
        assert.throws(() => select(["rotation", "story", "--rung", "mocks"], ALL), {
            message: "no test of rung mocks is in rotation, story: leave out --rung",
        });
    });
});

describe("npm test", () => {
    it("ends with 1 and one line when a room is unknown, before anything is built or run", async () => {
        const running = promisify(execFile)(process.execPath, ["tests/main.ts", "absent"]);
        await assert.rejects(running, (error: Error & { code?: unknown }) => {
            const { code, stdout, stderr } = error as typeof error & Record<string, unknown>;
            assert.deepEqual([code, stdout], [1, ""]);
            assert.match(String(stderr), /^error: there is no room .* absent: .*rotation, .*\n$/);
            return true;
        });
    });
});
