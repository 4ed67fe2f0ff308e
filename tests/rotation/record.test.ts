import assert from "node:assert/strict";
import packageJson from "../../package.json" with { type: "json" };
import {
    describeRotation,
    parseRecord,
    renderRecord,
    type RotationFacts,
    type RotationRecord,
    withDigests,
    withOwner,
} from "../../rotation/record.ts";
import { sha256 } from "../../rotation/digest.ts";

const facts: RotationFacts = {
    organization: "acme",
    project: "observability",
    stack: "prod",
    plan: { current: "b", accepted: ["b", "a"], retired: [], revision: 2 },
    previous: "a",
    senders: ["edge"],
    emergency: undefined,
    sealed: { "dev.yaml.age": "the sealed text" },
    proven: [],
    now: new Date("2026-11-21T10:00:00Z"),
};

describe("describeRotation", () => {
    it("tells what was rotated, when and by whom", () => {
        assert.deepEqual(describeRotation(facts, { USER: "ada" }), {
            format: 1,
            stack: "prod",
            project: "observability",
            organization: "acme",
            generation: "b",
            previous: "a",
            accepted: ["b", "a"],
            retired: [],
            revision: 2,
            finished: "2026-11-21T10:00:00.000Z",
            since: { b: "2026-11-21T10:00:00.000Z", a: "2026-11-21T10:00:00.000Z" },
            proven: [],
            senders: ["edge"],
            by: "ada",
            program: packageJson.version,
            // printf 'the sealed text' | sha256sum
            sealedSha256: "a7ebd4ff44143c15a63b040a50c6fe410bfc43b5400942384e509c633bd7b5d6",
        });
    });

    it("keeps the age of generations from record to record, also when it goes back", () => {
        const first = describeRotation(facts, {});
        const at = (date: string, current: string, former: RotationRecord) => {
            const plan = { current, accepted: ["c", "b"], retired: ["a"], revision: 3 };
            return describeRotation({ ...facts, plan, former, now: new Date(date) }, {});
        };
        const next = at("2027-01-01T00:00:00Z", "c", first);
        const since = { c: "2027-01-01T00:00:00.000Z", b: "2026-11-21T10:00:00.000Z" };
        assert.deepEqual(next.since, since);
        assert.deepEqual(at("2027-02-01T00:00:00Z", "b", next).since, since);
    });

    it("keeps what a generation took over from while it stays, as when another is retired", () => {
        const former = describeRotation(facts, {});
        const previousOf = (current: string) => {
            const plan = { current, accepted: [current], retired: ["z"], revision: 3 };
            return describeRotation({ ...facts, plan, previous: undefined, former }, {}).previous;
        };
        assert.deepEqual(["b", "c"].map(previousOf), ["a", null]);
    });

    it("takes a generation for as old as a record that does not say since when, at least", () => {
        const { since, ...former } = describeRotation(facts, {});
        assert.ok(since);
        const now = new Date("2027-01-01T00:00:00Z");
        const plan = { ...facts.plan, accepted: ["b", "c"] };
        assert.deepEqual(describeRotation({ ...facts, plan, former, now }, {}).since, {
            b: former.finished,
            c: now.toISOString(),
        });
    });

    it("tells the digests of other sealed files by their paths, and goes on to those sealed later", () => {
        const sealed = { "a.age": "one", "a.asc": "two", "a.yaml": "three" };
        const record = describeRotation({ ...facts, sealed }, {});
        const [sealedSha256, ...others] = ["one", "two", "three"].map(sha256);
        const alsoSealed = { "a.asc": others[0], "a.yaml": others[1] };
        assert.deepEqual({ ...record, sealedSha256, alsoSealed }, record);
        assert.equal(
            renderRecord(withDigests(record, facts.sealed)),
            renderRecord(describeRotation({ ...facts, now: new Date(record.finished) }, {})),
        );
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

describe("withOwner", () => {
    const record = describeRotation(facts, {});
    const renamed = { organization: "umbrella", project: "push", stack: "production" };

    it("names a stack as it is called now, where it stood", () => {
        const text = renderRecord(withOwner(record, renamed));
        assert.equal(text, renderRecord(describeRotation({ ...facts, ...renamed }, {})));
    });

    it("leaves a record of before there were other names as it was", () => {
        const { project, organization, ...former } = record;
        assert.ok(project && organization);
        assert.deepEqual(withOwner(former, renamed), former);
    });
});

describe("parseRecord", () => {
    const emergency = { leaked: "a", reason: "in a log" };
    const sealed = { "a.age": "one", "a.asc": "two" };
    const record = describeRotation({ ...facts, emergency, sealed }, {});

    it("undoes renderRecord", () => {
        assert.deepEqual(parseRecord(renderRecord(record)), record);
    });

    it("reads a record of before it named a project", () => {
        const { project, organization, since, alsoSealed, ...former } = record;
        assert.ok(project && organization && since && alsoSealed);
        assert.deepEqual(parseRecord(renderRecord(former)), former);
    });

    const broken: Readonly<Record<string, unknown>> = {
        "another format": { ...record, format: 2 },
        "a label that is none": { ...record, accepted: ["a", "$(reboot)"] },
        "a time of what is no label": { ...record, since: { "$(reboot)": "now" } },
        "a revision that counts nothing": { ...record, revision: -1 },
        "no proofs": { ...record, proven: undefined },
        "a proof of another kind": { ...record, proven: [{ ...facts, how: "hearsay" }] },
        "nothing but an object": {},
        null: null,
        "a list": [record],
    };
    for (const [what, content] of Object.entries(broken)) {
        it(`finds none in ${what}`, () => {
            assert.equal(parseRecord(JSON.stringify(content)), undefined);
        });
    }

    it("finds none in what is no JSON", () => {
        for (const text of ["", "{", renderRecord(record).slice(1)]) {
            assert.equal(parseRecord(text), undefined);
        }
    });
});
