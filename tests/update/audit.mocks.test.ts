import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReceiverSettings } from "../../settings/settings.ts";
import type { AuditLine } from "../../rotation/audit.ts";
import { AUDIT } from "../../update/auditFile.ts";
import { withEnvironment } from "../support/environment.ts";
import { receiverSettings } from "../support/fleet.ts";
import { conclude, pass, TOKEN } from "../support/gates.ts";
import { LocalReceiver } from "../support/localReceiver.ts";

const FORMER = "the-former-one-that-must-not-be-told";

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

    /** What is told while senders come to a gate whose receiver answers so, or the record does. */
    async function told(
        answer: (token: string | undefined) => number,
        come = (receivers: readonly ReceiverSettings[]) => pass({ receivers }, ["agent", "third"]),
    ): Promise<AuditLine[]> {
        receiver.answer = answer;
        const file = join(directory, "audit.jsonl");
        const receivers = [receiverSettings({ name: "east", probeUrls: [receiver.url] })];
        await withEnvironment({ [AUDIT]: file }, () => come(receivers));
        const text = await readFile(file, "utf8");
        assert.ok(!text.includes(TOKEN) && !text.includes(FORMER));
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

    it("has what was retired and is still accepted, and nothing of its end", async () => {
        const retired = [{ label: "2026", value: FORMER }];
        const onProven = () => {
            throw new Error("it is not proven");
        };
        const come = (receivers: readonly ReceiverSettings[]) =>
            conclude({ receivers, onProven }, retired);
        const [line, ...others] = await told(() => 204, come);
        assert.deepEqual(others, []);
        assert.deepEqual(
            [line?.operation, line?.generation, line?.where, line?.outcome, line?.reason],
            [
                ...["refused", "2026", `receiver east at ${receiver.url}`, "failed"],
                `receiver east does not refuse retired generation 2026 within 1 s: it answered 204 at ${receiver.url}`,
            ],
        );
    });

    it("has what was retired and is refused", async () => {
        const retired = [{ label: "2026", value: FORMER }];
        const lines = await told(
            (token) => (token === TOKEN ? 204 : 401),
            (receivers) => conclude({ receivers }, retired),
        );
        assert.deepEqual(
            lines.map(({ operation, generation, outcome }) => [operation, generation, outcome]),
            [["refused", "2026", "done"]],
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
