// Downloads, from a local server that stands for the publishers'. Does not prove that they serve
// what the recipes name.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { create } from "tar";
import { provide } from "../../../sandbox/toolchain/provide.ts";
import type { Release, Tool } from "../../../sandbox/toolchain/recipe.ts";
import { screen, SCRIPT, sha256, useWorkbench } from "../../support/workbench.ts";

describe("provide, from the publisher", () => {
    const bench = useWorkbench();
    let server: Server;
    let requests: string[];
    let answer: (request: IncomingMessage, response: ServerResponse) => void;

    beforeEach(async () => {
        requests = [];
        answer = (_, response) => response.end(SCRIPT);
        server = createServer((request, response) => {
            requests.push(`${request.url ?? ""} ${request.headers.range ?? ""}`.trim());
            answer(request, response);
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
    });

    afterEach(() => {
        server.closeAllConnections();
        server.close();
    });

    function url(file: string): string {
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${file}`;
    }

    function partialOf(release: Release): string {
        return join(bench.cache, "downloads", `${sha256(release.url).slice(0, 8)}-gadget.partial`);
    }

    /** Resolves when a file has that many bytes; mocha limits how long. */
    async function kept(file: string, bytes: number): Promise<void> {
        while ((await readFile(file).catch(() => "")).length < bytes) await setImmediate();
    }

    function provideReleased(release: Release, output = screen()): Promise<Tool> {
        return bench.provide(bench.recipe({ release }), { output });
    }

    it("checks a download against the published digest, and makes it once", async () => {
        answer = ({ url }, response) =>
            response.end(url?.endsWith(".sums") ? `${sha256(SCRIPT)} *gadget\n` : SCRIPT);
        const release = { url: url("gadget"), checksum: { url: url("gadget.sums") } };
        const tool = await provideReleased(release);
        assert.equal(tool.source, "official");
        assert.equal(await readFile(tool.path, "utf8"), SCRIPT);
        const again = screen();
        assert.deepEqual(await provideReleased(release, again), tool);
        assert.deepEqual(requests, ["/gadget.sums", "/gadget"]);
        assert.equal(again.read(), null, "prints nothing when all is in the cache");
    });

    it("refuses a file that is not the published one, and keeps nothing of it", async () => {
        const expected = sha256("another");
        const release = { url: url("gadget"), checksum: { sha256: expected } };
        await assert.rejects(provideReleased(release), {
            message:
                `${url("gadget")} is not what its publisher names: SHA-256 ${sha256(SCRIPT)}, ` +
                `expected ${expected}; run again, and if it stays so do not trust the network`,
        });
        assert.deepEqual(await readdir(bench.cache), ["downloads"]);
        assert.deepEqual(await readdir(join(bench.cache, "downloads")), []);
    });

    it("goes on with a download that broke off", async () => {
        const release = { url: url("gadget"), checksum: { sha256: sha256(SCRIPT) } };
        const partial = partialOf(release);
        answer = ({ headers }, response) => {
            const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
            response.writeHead(start > 0 ? 206 : 200, { "content-length": SCRIPT.length - start });
            if (start > 0) response.end(SCRIPT.slice(start));
            else response.write(SCRIPT.slice(0, 10));
            if (start === 0) void kept(partial, 10).then(() => response.destroy());
        };
        const tool = await provideReleased(release);
        assert.equal(await readFile(tool.path, "utf8"), SCRIPT);
        assert.deepEqual(requests, ["/gadget", "/gadget bytes=10-"]);
    });

    it("begins again when what an earlier run left belongs to another file", async () => {
        const release = { url: url("gadget"), checksum: { sha256: sha256(SCRIPT) } };
        await mkdir(join(bench.cache, "downloads"), { recursive: true });
        await writeFile(partialOf(release), "something else");
        answer = ({ headers }, response) => {
            if (headers.range) response.writeHead(206);
            response.end(headers.range ? "and its rest" : SCRIPT);
        };
        const tool = await provideReleased(release);
        assert.equal(await readFile(tool.path, "utf8"), SCRIPT);
        assert.deepEqual(requests, ["/gadget bytes=14-", "/gadget"]);
    });

    it("keeps only the named files of an archive, which may be called like their directory", async () => {
        await bench.script("gadget/gadget", SCRIPT);
        await bench.script("gadget/other", SCRIPT);
        const archive = join(bench.directory, "gadget.tar.gz");
        await create({ file: archive, gzip: true, cwd: bench.directory }, ["gadget"]);
        const bytes = await readFile(archive);
        answer = (_, response) => response.end(bytes);
        const tool = await provideReleased({
            url: url("gadget.tar.gz"),
            checksum: { sha256: sha256(bytes) },
            files: { "gadget/gadget": "gadget" },
        });
        assert.deepEqual(await readdir(dirname(tool.path)), ["gadget"]);
    });

    it("has an official engine install its plugins, in the cache", async () => {
        const engine = await bench.script(
            "engine/pulumi",
            [
                "#!/bin/sh",
                'test "$1" = version && echo v1.0.0 && exit',
                'plugin="$PULUMI_HOME/plugins/$3-$4-v$5"; mkdir -p "$plugin"',
                'echo "$*" >"$plugin/pulumi-resource-$4"',
            ].join("\n"),
        );
        const onPath = { ask: ["version"], accept: () => "1.0.0" };
        const recipes = {
            pulumi: { ...bench.recipe(), name: "pulumi", onPath },
            "pulumi-resource-x": { ...bench.recipe(), name: "pulumi-resource-x", plugin: "x" },
        };
        const name = "pulumi-resource-x";
        const tools = await provide(recipes, [name], {
            cache: bench.cache,
            path: `${dirname(engine)}:/usr/bin:/bin`,
            output: screen(),
        });
        const path = join(bench.cache, "pulumi-home/plugins/resource-x-v1.2.3", name);
        assert.deepEqual(tools[name], { name, path, version: "1.2.3", source: "official" });
        assert.equal(await readFile(path, "utf8"), "plugin install resource x 1.2.3\n");
    });
});
