// The page that `npm start` ends with, of a rotation while samples flow.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { waitFor } from "../../../sandbox/parts/process.ts";
import { watchCounters, writeEvidence } from "../../../sandbox/runs/evidence.ts";
import { countRequests } from "../../../sandbox/runs/measure.ts";
import { OWNER } from "../../../sandbox/sandbox.ts";
import { REPOSITORY, useSandbox } from "../../support/fixture.ts";

const REQUESTS_BEFORE = 12; // two steps of the page, which has six requests in each

describe("the sandbox's report", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    it("has one generation hand over to another, and no sample lost", async () => {
        const { sandbox, deployment } = stage;
        const sender = await sandbox.fleet.sender.running;
        await stage.senderFollowed();
        const { current } = await deployment.rotation();
        const { receiverUrl } = sandbox.fleet;
        const watching = watchCounters(receiverUrl, sender.url);
        const before = await countRequests(receiverUrl, current);
        // Else a sender that backs off leaves nothing to see before the update.
        await waitFor(
            `${REQUESTS_BEFORE} requests before the update`,
            async () => (await countRequests(receiverUrl, current)) >= before + REQUESTS_BEFORE,
            { withinSeconds: 60, everySeconds: 0.2 },
        );
        const label = stage.newLabel();
        await deployment.rotateTo(label);
        await stage.senderFollowed();
        const watched = await watching.stop();
        const path = await writeEvidence(sandbox, `${OWNER}/${REPOSITORY}`, watched);
        const page = await readFile(path, "utf8");
        const rows = [...page.matchAll(/role="rowheader">(.*?)<\/th>(.*?)<\/tr>/gs)];
        const cells = (name: string) =>
            rows
                .find(([, header]) => header === name)?.[2]
                ?.split("</td>")
                .map((cell) => cell.replaceAll(/<[^>]*>/g, "").trim())
                .filter(Boolean);
        assert.match(cells(current)?.[0] ?? "", /^\d+\.\d\d$/);
        assert.notEqual(cells(current)?.[0], "0.00");
        assert.equal(cells(label)?.[0], "0.00");
        const [sent = "", lost] = cells("prometheus") ?? [];
        assert.ok(Number(sent.replaceAll(",", "")) > 0, sent);
        assert.equal(lost, "0");
    });
});
