import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { nginx } from "../../kinds/receivers/nginx.ts";
import { vmauth } from "../../kinds/receivers/vmauth.ts";
import { type Counters, watchUse } from "../../proof/disuse.ts";

const parseVmauth = (text: string): Counters => vmauth.countUse?.(text) ?? assert.fail("it counts");
const parseNginx = (text: string): Counters => nginx.countUse?.(text) ?? assert.fail("it counts");

/** vmauth's answer: when it loaded its configuration, and its requests by label. */
function metrics(loaded: number, requests: Readonly<Record<string, number>>): string {
    return [
        `vmauth_config_last_reload_success_timestamp_seconds ${loaded}`,
        ...Object.entries(requests).map(
            ([label, count]) => `vmauth_user_requests_total{username="${label}"} ${count}`,
        ),
        'vmauth_http_request_errors_total{reason="invalid_auth_token"} 3',
        "",
    ].join("\n");
}

/** Watches a vmauth that answers one text after the other, the last one for ever. */
async function watch(
    texts: readonly string[],
    labels: readonly string[],
    status = 200,
    parse = parseVmauth,
) {
    let asked = 0;
    const server = createServer((_request, response) => {
        response.writeHead(status).end(texts[Math.min(asked++, texts.length - 1)]);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
        const counters = [{ url: `http://127.0.0.1:${port}/metrics`, parse }];
        return await watchUse({ counters, labels, seconds: 0.2, everySeconds: 0.02 });
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

describe("watchUse", () => {
    it("counts no request with what nobody uses", async () => {
        const texts = [metrics(1, { a: 5, b: 9 }), metrics(1, { a: 5, b: 10 })];
        assert.deepEqual(await watch(texts, ["a", "b"]), [
            { label: "a", requests: 0 },
            { label: "b", requests: 1 },
        ]);
    });

    it("counts from 0 when vmauth loaded its configuration anew, however high the count was", async () => {
        const texts = [metrics(1, { a: 5 }), metrics(2, { a: 5 })];
        assert.deepEqual(await watch(texts, ["a"]), [{ label: "a", requests: 5 }]);
    });

    it("proves nothing at a vmauth that does not let the generation in", async () => {
        await assert.rejects(watch([metrics(1, { b: 1 })], ["a"]), /\/metrics does not count a$/);
    });

    it("proves nothing where counters cannot be read", async () => {
        await assert.rejects(watch([""], ["a"], 503), /\/metrics answered 503/);
        const counters = [{ url: "http://127.0.0.1:1/metrics", parse: parseVmauth }];
        await assert.rejects(
            watchUse({ counters, labels: ["a"], seconds: 0.1 }),
            /cannot be reached/,
        );
    });

    describe("of what is counted once it is used", () => {
        const listing = (sizes: Readonly<Record<string, number>>) =>
            JSON.stringify(
                Object.entries(sizes).map(([label, size]) => ({
                    name: `generation-${label}`,
                    size,
                })),
            );
        const watchNginx = (texts: readonly string[], labels: readonly string[]) =>
            watch(texts, labels, 200, parseNginx);

        it("takes what has no counter for unused, while others are counted", async () => {
            const texts = [listing({ b: 7 }), listing({ b: 8 })];
            assert.deepEqual(await watchNginx(texts, ["a", "b"]), [
                { label: "a", requests: 0 },
                { label: "b", requests: 1 },
            ]);
        });

        it("counts what begins, and what is emptied", async () => {
            const texts = [listing({ b: 7 }), listing({ a: 2, b: 1 })];
            assert.deepEqual(await watchNginx(texts, ["a", "b"]), [
                { label: "a", requests: 2 },
                { label: "b", requests: 1 },
            ]);
        });

        it("proves nothing while nobody is counted", async () => {
            const still = [listing({ a: 5, b: 7 })];
            await assert.rejects(
                watchNginx(still, ["a"]),
                /\/metrics counted nobody at all in 0.2 s/,
            );
            await assert.rejects(watchNginx([listing({})], ["a"]), /counted nobody at all/);
        });

        it("proves nothing at another page", async () => {
            await assert.rejects(watchNginx(["<html>"], ["a"]), /\/metrics is no listing of files/);
        });
    });
});
