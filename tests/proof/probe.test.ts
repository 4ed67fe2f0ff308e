import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { probe, probeAll, probeUntil } from "../../proof/probe.ts";
import { judge } from "../../proof/verdict.ts";

interface Seen {
    readonly request: IncomingMessage;
    readonly body: Buffer;
}

/** A receiver that answers what `answer` says, and remembers what it was asked. */
async function withReceiver(
    answer: (asked: number) => number,
    work: (url: string, seen: readonly Seen[]) => Promise<void>,
): Promise<void> {
    const seen: Seen[] = [];
    const server: Server = createServer((request, response) => {
        const parts: Buffer[] = [];
        request.on("data", (part: Buffer) => parts.push(part));
        request.on("end", () => {
            seen.push({ request, body: Buffer.concat(parts) });
            response.writeHead(answer(seen.length), { Location: "/elsewhere" }).end();
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
        await work(`http://127.0.0.1:${port}/api/v1/write`, seen);
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

describe("judge", () => {
    const verdicts: readonly (readonly [number, string])[] = [
        [200, "accepted"],
        [204, "accepted"],
        [400, "refused"],
        [401, "refused"],
        [403, "refused"],
        [301, "unknown"],
        [404, "unknown"],
        [429, "unknown"],
        [500, "unknown"],
        [503, "unknown"],
    ];
    for (const [status, kind] of verdicts) {
        it(`takes ${status} for ${kind}`, () => {
            assert.equal(judge(status), kind);
        });
    }
});

describe("probe", () => {
    it("sends an empty write request with the token", async () => {
        await withReceiver(
            () => 204,
            async (url, seen) => {
                assert.equal((await probe(url, { token: "the-token" })).kind, "accepted");
                const [{ request, body }] = seen as [Seen];
                assert.equal(request.method, "POST");
                assert.equal(request.headers.authorization, "Bearer the-token");
                assert.equal(request.headers["content-type"], "application/x-protobuf");
                assert.equal(request.headers["content-encoding"], "snappy");
                assert.deepEqual(body, Buffer.from([0]));
            },
        );
    });

    it("sends a password with its username", async () => {
        await withReceiver(
            () => 204,
            async (url, seen) => {
                await probe(url, { username: "Aladdin", token: "open sesame" });
                // The example of RFC 7617, section 2.
                const expected = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
                assert.equal(seen[0]?.request.headers.authorization, expected);
            },
        );
    });

    it("sends no credential when it is given none", async () => {
        await withReceiver(
            () => 401,
            async (url, seen) => {
                assert.equal((await probe(url)).kind, "refused");
                assert.equal(seen[0]?.request.headers.authorization, undefined);
            },
        );
    });

    it("does not follow a redirect with the token", async () => {
        await withReceiver(
            () => 302,
            async (url, seen) => {
                assert.equal((await probe(url, { token: "the-token" })).kind, "unknown");
                assert.equal(seen.length, 1);
            },
        );
    });

    it("knows nothing of a receiver that is down, and says why without the token", async () => {
        let gone = "";
        await withReceiver(
            () => 204,
            (url) => Promise.resolve(void (gone = url)),
        );
        const verdict = await probe(gone, { token: "the-token" });
        assert.equal(verdict.kind, "unknown");
        assert.match(verdict.reason, /ECONNREFUSED/);
        assert.ok(!verdict.reason.includes("the-token"));
    });

    it("keeps a token that no header can hold out of the reason", async () => {
        const verdict = await probe("http://127.0.0.1:1/", { token: "the\ntoken" });
        assert.equal(verdict.kind, "unknown");
        assert.ok(!verdict.reason.includes("token"), verdict.reason);
    });
});

describe("probeAll", () => {
    it("asks as often as it is told, on a fresh connection each time", async () => {
        await withReceiver(
            () => 204,
            async (url, seen) => {
                const verdict = await probeAll(url, {
                    token: "t",
                    expected: "accepted",
                    connections: 3,
                });
                assert.equal(verdict.kind, "accepted");
                assert.equal(new Set(seen.map(({ request }) => request.socket)).size, 3);
            },
        );
    });

    it("does not take two replicas of three for all", async () => {
        await withReceiver(
            (asked) => (asked === 3 ? 401 : 204),
            async (url) => {
                const verdict = await probeAll(url, {
                    token: "t",
                    expected: "accepted",
                    connections: 3,
                });
                assert.deepEqual(verdict, { kind: "refused", reason: "it answered 401" });
            },
        );
    });

    it("knows nothing of a host without an address", async () => {
        const verdict = await probeAll("http://no-such-host.invalid/w", { expected: "refused" });
        assert.equal(verdict.kind, "unknown");
        assert.match(verdict.reason, /^it cannot be reached \(E[A-Z_]+\)$/);
    });
});

describe("probeAll, of a host with addresses of two families", () => {
    // No TCP leads to multicast: ENETUNREACH on every machine, as on one without IPv6.
    const [NO_IPV4, NO_IPV6] = ["224.0.0.1", "ff0e::1"];

    const ask = (url: string, addresses: readonly string[]) => {
        const named = url.replace("127.0.0.1", "receiver.example");
        const addressesOf = (host: string) => {
            assert.equal(host, "receiver.example");
            return Promise.resolve(addresses);
        };
        return probeAll(named, { token: "t", expected: "accepted", addressesOf });
    };

    it("leaves out the family that nothing leads to, and says so", async () => {
        await withReceiver(
            () => 204,
            async (url) => {
                for (const addresses of [
                    ["127.0.0.1", NO_IPV6],
                    [NO_IPV6, "127.0.0.1", "ff0e::2"],
                ]) {
                    assert.deepEqual(await ask(url, addresses), {
                        kind: "accepted",
                        reason: "it answered 204 from 127.0.0.1",
                        leftOut: "IPv6 (ENETUNREACH)",
                    });
                }
            },
        );
    });

    it("takes the answer of the other one for what it is", async () => {
        for (const [status, kind] of [
            [401, "refused"],
            [503, "unknown"],
        ] as const) {
            await withReceiver(
                () => status,
                async (url) => {
                    const verdict = await ask(url, [NO_IPV6, "127.0.0.1"]);
                    const reason = `it answered ${status} from 127.0.0.1`;
                    assert.deepEqual(verdict, { kind, reason, leftOut: "IPv6 (ENETUNREACH)" });
                },
            );
        }
    });

    it("knows nothing of an address that something leads to and that does not answer", async () => {
        await withReceiver(
            () => 204,
            async (url) => {
                const verdict = await ask(url, ["127.0.0.1", "127.0.0.2", NO_IPV6]);
                assert.equal(verdict.kind, "unknown");
                assert.equal(verdict.reason, "it cannot be reached (ECONNREFUSED) from 127.0.0.2");
            },
        );
    });

    it("knows nothing where a whole family does not answer that something leads to", async () => {
        await withReceiver(
            () => 204,
            async (url) => {
                const verdict = await ask(url, ["127.0.0.1", "::ffff:127.0.0.2"]);
                const reason = "it cannot be reached (ECONNREFUSED) from ::ffff:127.0.0.2";
                assert.deepEqual(verdict, { kind: "unknown", reason });
            },
        );
    });

    it("knows nothing where nothing leads to either, and says both", async () => {
        assert.deepEqual(await ask("http://127.0.0.1:9/w", [NO_IPV4, NO_IPV6]), {
            kind: "unknown",
            reason:
                "it cannot be reached (ENETUNREACH) from 224.0.0.1, and " +
                "it cannot be reached (ENETUNREACH) from ff0e::1",
        });
    });
});

describe("probeUntil", () => {
    it("asks until the receiver accepts, and tells of each answer before", async () => {
        await withReceiver(
            (asked) => [401, 503, 204][asked - 1] ?? 500,
            async (url) => {
                const told: string[] = [];
                const verdict = await probeUntil(
                    url,
                    { token: "t", expected: "accepted" },
                    {
                        limitSeconds: 20,
                        everySeconds: 0.01,
                        onWait: ({ reason }) => told.push(reason),
                    },
                );
                assert.equal(verdict.kind, "accepted");
                assert.deepEqual(told, ["it answered 401", "it answered 503"]);
            },
        );
    });

    it("gives the last answer when the limit has passed", async () => {
        await withReceiver(
            () => 401,
            async (url, seen) => {
                const verdict = await probeUntil(
                    url,
                    { token: "t", expected: "accepted" },
                    {
                        limitSeconds: 1, // for two answers, also on a busy machine
                        everySeconds: 0.01,
                    },
                );
                assert.equal(verdict.kind, "refused");
                assert.ok(seen.length > 1);
            },
        );
    });
});
