// Where a made-up Go is told to keep its caches, and what becomes of them. Does not prove that the
// real one keeps to it.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exists, tryLock } from "../../../sandbox/toolchain/cache.ts";
import type { Tool } from "../../../sandbox/toolchain/recipe.ts";
import { useWorkbench } from "../../support/workbench.ts";

describe("goCaches", () => {
    const bench = useWorkbench();
    let user: { readonly build: string; readonly modules: string };
    let own: { readonly build: string; readonly modules: string };

    beforeEach(async () => {
        user = cachesIn(join(bench.directory, "user"));
        own = cachesIn(join(bench.cache, "go"));
        await bench.goModule("func main() {}");
    });

    /** Provides the gadget with a Go that notes its caches, puts a file in each, and builds. */
    async function provide(build = 'while [ "$1" != -o ]; do shift; done; echo >"$2"') {
        const script = `#!/bin/sh
            if [ "$1" = env ]; then printf '%s\\n' go1.26.8 '${user.build}' '${user.modules}'; exit; fi
            echo "$GOCACHE $GOMODCACHE" >>'${log()}'
            for cache in "\${GOCACHE:-${user.build}}" "\${GOMODCACHE:-${user.modules}}"; do
                mkdir -p "$cache"; echo >"$cache/file"
            done
            ${build}`;
        const path = `${dirname(await bench.script("bin/go", script))}:/usr/bin:/bin`;
        return bench.provide(undefined, { path });
    }

    const log = () => join(bench.directory, "log");

    /** What each build was told of its caches, one line each. */
    const told = async () => (await readFile(log(), "utf8")).replace(/\n$/, "").split("\n");

    const entries = async () => (await readdir(bench.cache)).filter((name) => /^go/.test(name));

    it("are the sandbox's own where the user's hold nothing, and are removed in the end", async () => {
        await mkdir(user.modules, { recursive: true });
        await provide();
        assert.deepEqual(await told(), [`${own.build} ${own.modules}`]);
        assert.deepEqual(await entries(), []);
        assert.deepEqual(await readdir(user.modules), []);
        assert.equal(await exists(user.build), false);
    });

    it("are the user's where these hold something, and are left", async () => {
        await fill(user.build, user.modules);
        await provide();
        assert.deepEqual(await told(), [" "]);
        assert.deepEqual(await entries(), []);
        assert.deepEqual(await readdir(user.modules), ["earlier", "file"]);
    });

    it("are the sandbox's own one by one", async () => {
        await fill(user.build);
        await provide();
        assert.deepEqual(await told(), [` ${own.modules}`]);
        assert.deepEqual(await readdir(user.build), ["earlier", "file"]);
        assert.deepEqual(await entries(), []);
    });

    it("do not decide which cache entry a tool is", async () => {
        const first: Tool = await provide();
        user = cachesIn(join(bench.directory, "another user"));
        await fill(user.build, user.modules);
        assert.deepEqual(await provide(), first);
        assert.equal((await told()).length, 1, "built once");
    });

    it("stay where a build fails, and the next run goes on with them", async () => {
        await assert.rejects(provide("echo no; exit 1"), { message: /^gadget 1\.2\.3 cannot be/ });
        assert.deepEqual(await readdir(own.modules), ["file"]);
        await provide('test -e "$GOMODCACHE/file" && while [ "$1" != -o ]; do shift; done; >"$2"');
        assert.deepEqual(await entries(), []);
    });

    it("are removed by a run that finds all made, as an interrupted one left them", async () => {
        await provide();
        await fill(own.build, own.modules, join(bench.cache, "go-removed"));
        await provide();
        assert.deepEqual(await entries(), []);
    });

    it("are left to another run that builds in them", async () => {
        await provide();
        await fill(own.build);
        const release = await tryLock(join(bench.cache, "go"));
        await provide();
        assert.deepEqual(await readdir(own.build), ["earlier"]);
        await release?.();
    });
});

function cachesIn(directory: string) {
    return { build: join(directory, "build"), modules: join(directory, "modules") };
}

async function fill(...directories: readonly string[]): Promise<void> {
    for (const directory of directories) {
        await mkdir(directory, { recursive: true });
        await writeFile(join(directory, "earlier"), "");
    }
}
