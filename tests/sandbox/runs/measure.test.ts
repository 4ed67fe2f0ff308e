// Counting, at a server that answers as a Prometheus does. The engine tests count at real ones.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { waitForSamples } from "../../../sandbox/runs/measure.ts";

describe("waitForSamples", () => {
    let server: Server;
    let held: number[];

    beforeEach(async () => {
        server = createServer((request, response) => {
            const named = request.url?.startsWith("/api/v1/label/");
            const result = [{ value: [0, String(named ? 0 : held.shift())] }];
            response.end(JSON.stringify({ data: named ? ["up"] : { result } }));
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
    });

    afterEach(() => {
        server.closeAllConnections();
        server.close();
    });

    it("tells of each count that is not enough, and resolves to the moment of the one that is", async () => {
        held = [0, 40, 100];
        const { port } = server.address() as AddressInfo;
        const told: number[] = [];
        const before = Date.now() / 1000;
        const to = await waitForSamples(`http://127.0.0.1:${port}`, before - 1, 100, (count) =>
            told.push(count),
        );
        assert.deepEqual(told, [0, 40]);
        assert.ok(before <= to && to <= Date.now() / 1000);
    });
});
