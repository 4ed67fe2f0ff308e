import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPERATIONS } from "../../rotation/audit.ts";
import { appendAudit, AUDIT, isAudited, requireAudit } from "../../update/auditFile.ts";
import { published } from "../support/audited.ts";
import { setEnvironment } from "../support/environment.ts";

describe("appendAudit", () => {
    let directory: string;
    let file: string;
    let restore: () => void;
    beforeEach(async () => {
        directory = await mkdtemp(join(tmpdir(), "audit-"));
        file = join(directory, "audit.jsonl");
        restore = setEnvironment({
            ...{ [AUDIT]: file, USER: "ada", GITHUB_RUN_ID: undefined },
            CI_JOB_URL: undefined,
        });
    });
    afterEach(async () => {
        restore();
        await rm(directory, { recursive: true });
    });

    it("appends a line an operation, for the owner of the file alone", async () => {
        appendAudit("acme/project/prod", { operation: "made", generation: "a", where: "here" });
        const reason = "it\nanswered 401";
        const failed = { outcome: "failed", reason } as const;
        appendAudit("acme/project/prod", {
            operation: "proven",
            generation: "a",
            where: "there",
            ...failed,
        });
        const lines = (await readFile(file, "utf8")).split("\n");
        assert.equal(lines.pop(), "");
        const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
        assert.deepEqual(
            told.map(({ by, stack, operation, outcome, reason: why }) => [
                by,
                stack,
                operation,
                outcome,
                why,
            ]),
            [
                ["ada", "acme/project/prod", "made", "done", undefined],
                ["ada", "acme/project/prod", "proven", "failed", reason],
            ],
        );
        assert.equal((await stat(file)).mode & 0o777, 0o600);
    });

    it("writes what the published schema says, of every operation", async () => {
        const validate = published();
        for (const operation of OPERATIONS) {
            appendAudit("prod", { operation, generation: "a", where: "here" });
        }
        const lines = (await readFile(file, "utf8")).split("\n").filter(Boolean);
        assert.equal(lines.length, OPERATIONS.length);
        for (const line of lines) assert.ok(validate(JSON.parse(line)), line);
        const [first = ""] = lines;
        assert.ok(!validate({ ...(JSON.parse(first) as object), password: "x" }));
    });

    it("says before anything is done that it cannot be told", () => {
        setEnvironment({ [AUDIT]: directory });
        assert.throws(requireAudit, {
            message: `${AUDIT}: ${directory} cannot be written: EISDIR; name a file, or stderr`,
        });
    });

    it("tells nothing where nobody asked", async () => {
        setEnvironment({ [AUDIT]: undefined });
        requireAudit();
        appendAudit("prod", { operation: "made", generation: "a", where: "here" });
        assert.equal(isAudited(), false);
        await assert.rejects(readFile(file), { code: "ENOENT" });
    });
});
