// What is found in the configuration of a real sender is what that sender pushes with.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { machine } from "../../../commands/extract/machine.ts";
import { prometheus } from "../../../commands/extract/senderFile.ts";
import type { Candidate } from "../../../commands/extract/place.ts";
import { freePort, type Part, startPart, waitFor } from "../../../sandbox/parts/process.ts";
import { startPrometheus } from "../../../sandbox/parts/prometheusPart.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";
import { mark } from "../../support/deployment.ts";

const SECONDS = 30;
const SAMPLE = "# TYPE up gauge\nup 1\n";

describe("extract -- prometheus", function () {
    this.timeout(120_000);
    const [password, token] = [secret(), secret()];
    let directory: string;
    let server: Server;
    let address: string;
    /** What was pushed with, by path. */
    const pushed = new Map<string, string>();

    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "senders-"));
        server = createServer((request, response) => {
            if (request.method === "POST") {
                pushed.set(request.url ?? "", request.headers.authorization ?? "");
                request.resume();
            }
            response.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            response.end(SAMPLE);
        });
        await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
        address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
        await writeFile(join(directory, "token"), `${token}\n`);
    });
    beforeEach(() => {
        pushed.clear();
    });
    after(async () => {
        server.close();
        server.closeAllConnections();
        await rm(directory, { recursive: true });
    });

    /**
     * Waits until both were pushed to, and compares: with the password first, then with the token.
     */
    async function agrees(found: readonly Candidate[]): Promise<void> {
        const [first, second] = found.map(({ value = "" }) => value);
        const expected = {
            "/first": `Basic ${Buffer.from(`edge:${first ?? ""}`).toString("base64")}`,
            "/second": `Bearer ${second ?? ""}`,
        };
        const both = () => pushed.size === 2;
        await waitFor("a push to each", both, { withinSeconds: SECONDS });
        const marked = (all: object) =>
            Object.fromEntries(Object.entries(all).map(([path, value]) => [path, mark(value)]));
        assert.deepEqual(marked(Object.fromEntries(pushed)), marked(expected));
        assert.deepEqual([mark(first), mark(second)], [mark(password), mark(token)]);
    }

    async function running(part: Promise<Part>, work: (part: Part) => Promise<void>) {
        const started = await part;
        try {
            await work(started);
        } finally {
            await started.stop();
        }
    }

    it("finds in prometheus.yml what Prometheus pushes with", async () => {
        const tools = await provideTools(["prometheus"]);
        const configuration = join(directory, "prometheus.yml");
        const remote_write = [
            { url: `http://${address}/first`, basic_auth: { username: "edge", password } },
            {
                url: `http://${address}/second`,
                authorization: { credentials_file: "token" },
            },
        ];
        const scrape = { job_name: "up", static_configs: [{ targets: [address] }] };
        const global = { scrape_interval: "1s" };
        const file = { global, scrape_configs: [scrape], remote_write };
        await writeFile(configuration, stringify(file));
        const part = startPrometheus({
            ...{ name: "prometheus", command: tools.prometheus.path, configuration },
            ...{ data: join(directory, "data"), logs: join(directory, "logs") },
        });
        await running(part, async () => {
            await agrees(await prometheus.find([configuration], {}, machine));
        });
    });

    it("finds in the list of processes what vmagent pushes with", async () => {
        const tools = await provideTools(["vmagent"]);
        const listen = `127.0.0.1:${await freePort()}`;
        const part = startPart({
            name: "vmagent",
            command: tools.vmagent.path,
            args: [
                `-httpListenAddr=${listen}`,
                `-remoteWrite.tmpDataPath=${join(directory, "queue")}`,
                "-remoteWrite.flushInterval=1s",
                `-remoteWrite.url=http://${address}/first`,
                `-remoteWrite.url=http://${address}/second`,
                // A value for each URL: one alone would be for all.
                "-remoteWrite.basicAuth.username=edge,",
                `-remoteWrite.basicAuth.password=${password},`,
                `-remoteWrite.bearerTokenFile=,${join(directory, "token")}`,
            ],
            logs: join(directory, "logs"),
            ready: async (signal) => (await fetch(`http://${listen}/health`, { signal })).ok,
        });
        await running(part, async ({ pid }) => {
            const found = await prometheus.find([`/proc/${pid}/cmdline`], {}, machine);
            const body = "up 1\n";
            await fetch(`http://${listen}/api/v1/import/prometheus`, { method: "POST", body });
            await agrees(found);
        });
    });
});

function secret(): string {
    return randomBytes(24).toString("hex");
}
