import assert from "node:assert/strict";
import { type Front, startFront } from "../../../sandbox/bench/front.ts";
import { LocalReceiver } from "../../support/localReceiver.ts";

describe("startFront", () => {
    const receiver = new LocalReceiver();
    let front: Front;
    beforeEach(async () => {
        await receiver.start();
        const { origin } = new URL(receiver.url);
        front = await startFront(origin, origin);
    });
    afterEach(async () => {
        await front.stop();
        await receiver.stop();
    });

    const push = (token?: string) =>
        fetch(`${front.url}/api/v1/write`, {
            method: "POST",
            headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        });

    it("passes on what is asked and what is answered", async () => {
        receiver.answer = (token) => (token === "good" ? 204 : 401);
        assert.deepEqual([(await push("good")).status, (await push()).status], [204, 401]);
        assert.deepEqual(receiver.asked, ["good", undefined]);
    });

    it("remembers what was asked, and when", async () => {
        const before = performance.now();
        await push("good");
        await (await fetch(`${front.url}/metrics`)).text();
        await (await fetch(`${front.url}/api/v1/query?query=up`)).text();
        assert.deepEqual(
            front.requests.map(({ kind, withCredential }) => [kind, withCredential]),
            [
                ["push", true],
                ["metrics", false],
                ["query", false],
            ],
        );
        for (const { start, end } of front.requests) assert.ok(before <= start && start <= end);
    });
});
