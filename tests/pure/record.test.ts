import assert from "node:assert/strict";
import packageJson from "../../package.json" with { type: "json" };
import { describeRotation, type RotationFacts } from "../../lib/record.ts";

const facts: RotationFacts = {
    stack: "prod",
    plan: { current: "b", accepted: ["b", "a"], retired: [], revision: 2 },
    previous: "a",
    senders: ["edge"],
    emergency: undefined,
    sealedSha256: "00ff",
    proven: [],
    now: new Date("2026-11-21T10:00:00Z"),
};

describe("describeRotation", () => {
    it("tells what was rotated, when and by whom", () => {
        assert.deepEqual(describeRotation(facts, { USER: "ada" }), {
            format: 1,
            stack: "prod",
            generation: "b",
            previous: "a",
            accepted: ["b", "a"],
            retired: [],
            revision: 2,
            finished: "2026-11-21T10:00:00.000Z",
            proven: [],
            senders: ["edge"],
            by: "ada",
            program: packageJson.version,
            sealedSha256: "00ff",
        });
    });

    it("names the run in CI", () => {
        const environment = {
            USER: "runner",
            GITHUB_ACTOR: "ada",
            GITHUB_RUN_ID: "7",
            GITHUB_REPOSITORY: "acme/infra",
            GITHUB_SERVER_URL: "https://github.com",
        };
        const { by } = describeRotation(facts, environment);
        assert.equal(by, "ada, https://github.com/acme/infra/actions/runs/7");
    });

    it("keeps the reason of an emergency", () => {
        const emergency = { leaked: "a", reason: "in a log" };
        assert.deepEqual(describeRotation({ ...facts, emergency }, {}).emergency, emergency);
        assert.equal(describeRotation({ ...facts, emergency }, {}).by, "unknown");
    });
});
