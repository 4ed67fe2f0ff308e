import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditLine } from "../../rotation/audit.ts";
import { AUDIT } from "../../update/auditFile.ts";
import { withEnvironment } from "../support/environment.ts";
import { receiverSettings } from "../support/fleet.ts";
import { pass, TOKEN } from "../support/gates.ts";
import { LocalReceiver } from "../support/localReceiver.ts";

describe("the audit of a gate", () => {
    const receiver = new LocalReceiver();
    let directory: string;
    beforeEach(async () => {
        directory = await mkdtemp(join(tmpdir(), "audit-"));
        await receiver.start();
    });
    afterEach(async () => {
        await receiver.stop();
        await rm(directory, { recursive: true });
    });

    /** What is told while senders come to a gate whose receiver answers so. */
    async function told(answer: (token: string | undefined) => number): Promise<AuditLine[]> {
        receiver.answer = answer;
        const file = join(directory, "audit.jsonl");
        const receivers = [receiverSettings({ name: "east", probeUrls: [receiver.url] })];
        await withEnvironment({ [AUDIT]: file }, () => pass({ receivers }, ["agent", "third"]));
        const text = await readFile(file, "utf8");
        assert.ok(!text.includes(TOKEN));
        return text
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line) as AuditLine);
    }

    it("has what was proven, once for all senders", async () => {
        const lines = await told((token) => (token === TOKEN ? 204 : 401));
        assert.deepEqual(
            lines.map(({ operation, generation, where, outcome }) => [
                ...[operation, generation, where, outcome],
            ]),
            [["proven", "2027", `receiver east at ${receiver.url}`, "done"]],
        );
    });

    it("has what was not, and why", async () => {
        const [line, ...others] = await told(() => 401);
        assert.deepEqual(others, []);
        assert.deepEqual([line?.operation, line?.outcome], ["proven", "failed"]);
        assert.equal(
            line?.reason,
            `receiver east does not accept generation 2027 within 1 s: it answered 401 at ${receiver.url}`,
        );
    });
});
