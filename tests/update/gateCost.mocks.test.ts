// What the gate costs where there is nothing to wait for: the slowest answer, and little more,
// however many receivers there are. A wrong credential is answered late, as vmauth does.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { probe } from "../../proof/probe.ts";
import { receiverSettings } from "../support/fleet.ts";
import { conclude, pass, TOKEN } from "../support/gates.ts";

const LATE_MILLISECONDS = 1000;
const ALLOWED_MILLISECONDS = 500;
const RECEIVERS = 6;

describe("the gate, with nothing to wait for", function () {
    this.timeout(30_000);
    const servers: Server[] = [];
    let receivers: ReturnType<typeof receiverSettings>[] = [];
    before(async () => {
        for (let index = 0; index < RECEIVERS; index++) {
            const server = createServer((request, response) => {
                const isRight = request.headers.authorization === `Bearer ${TOKEN}`;
                void pause(isRight ? 0 : LATE_MILLISECONDS).then(() => {
                    response.writeHead(isRight ? 204 : 401).end();
                });
            });
            await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
            servers.push(server);
        }
        const urls = servers.map(
            (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/write`,
        );
        // Three receivers of two replicas each.
        receivers = [0, 2, 4].map((first) =>
            receiverSettings({ name: `r${first}`, probeUrls: urls.slice(first, first + 2) }),
        );
    });
    after(() => {
        for (const server of servers) {
            server.closeAllConnections();
            server.close();
        }
    });

    const durationOf = async (work: () => Promise<unknown>): Promise<number> => {
        const start = performance.now();
        await work();
        return performance.now() - start;
    };
    /** What it takes longer than the slowest answer, on this machine, now. */
    const costOf = async (work: () => Promise<unknown>): Promise<number> => {
        const urls = receivers.flatMap(({ probeUrls }) => probeUrls);
        const slowest = await durationOf(() =>
            Promise.all(urls.map((url) => probe(url, { token: "a-wrong-one" }))),
        );
        return (await durationOf(work)) - slowest;
    };

    it("costs little more than its slowest answer before senders switch", async () => {
        const cost = await costOf(async () => {
            const { outcomes, proofs } = await pass({ receivers });
            assert.deepEqual(
                outcomes.map(({ status }) => status),
                ["fulfilled", "fulfilled"],
            );
            assert.equal(proofs.length, RECEIVERS);
        });
        assert.ok(cost < ALLOWED_MILLISECONDS, `${cost} ms more`);
    });

    it("costs little more than its slowest answer before what was retired is recorded", async () => {
        const cost = await costOf(async () => {
            const retired = [{ label: "2026", value: "a-former-one" }];
            const { outcomes } = await conclude({ receivers }, retired);
            assert.deepEqual(
                outcomes.map(({ status }) => status),
                ["fulfilled"],
            );
        });
        assert.ok(cost < ALLOWED_MILLISECONDS, `${cost} ms more`);
    });
});
