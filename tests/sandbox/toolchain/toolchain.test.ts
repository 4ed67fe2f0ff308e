// The order tools are looked for, and builds, with throw-away Go modules. Downloads are in
// official.test.ts, the caches of builds in goCaches.test.ts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { findGo, type Go } from "../../../sandbox/toolchain/build.ts";
import { cacheDirectory, exists, makeOnce } from "../../../sandbox/toolchain/cache.ts";
import type { Platform, Recipe } from "../../../sandbox/toolchain/recipe.ts";
import { RECIPES } from "../../../sandbox/toolchain/allRecipes.ts";
import { screen, SCRIPT, useWorkbench } from "../../support/workbench.ts";

describe("cacheDirectory", () => {
    it("is what PROMETHEUS_WRITE_SECRET_CACHE names, else below XDG_CACHE_HOME", () => {
        const both = { PROMETHEUS_WRITE_SECRET_CACHE: "/own", XDG_CACHE_HOME: "/xdg" };
        assert.equal(cacheDirectory(both), "/own");
        assert.equal(cacheDirectory({ XDG_CACHE_HOME: "/xdg" }), "/xdg/prometheus-write-secret");
        assert.match(cacheDirectory({ XDG_CACHE_HOME: "" }), /\/\.cache\/prometheus-write-secret$/);
    });
});

describe("RECIPES", () => {
    const accepts = (name: keyof typeof RECIPES, printed: string): string | undefined => {
        const recipe: Recipe = RECIPES[name];
        return recipe.onPath?.accept(printed);
    };

    it("accept the wanted version in what official builds print", () => {
        assert.equal(accepts("pulumi", "v3.259.0\n"), "3.259.0");
        assert.equal(accepts("kube-apiserver", "Kubernetes v1.36.3\n"), "1.36.3");
        assert.equal(accepts("etcd", "etcd Version: 3.6.8\nGit SHA: 1a2b3c\n"), "3.6.8");
        assert.equal(accepts("prometheus", "prometheus, version 3.14.0 (branch: HEAD)"), "3.14.0");
        assert.equal(accepts("vmauth", "vmauth-20261101-tags-v1.150.0-0-gabcdef"), "1.150.0");
        assert.equal(accepts("age", "v1.1.1\n"), "1.1.1");
        assert.equal(accepts("tofu", '{ "terraform_version": "1.10.7" }'), "1.10.7");
        assert.equal(accepts("helm", "v3.19.0+g3d8990f\n"), "3.19.0");
        assert.equal(accepts("kubectl", '{ "gitVersion": "v1.35.0" }'), "1.35.0");
    });

    it("accept no other version, and no wrapper", () => {
        assert.equal(accepts("pulumi", "v3.259.0-beta.1"), undefined);
        assert.equal(accepts("kube-apiserver", "Kubernetes v1.36.30"), undefined);
        assert.equal(accepts("etcd", "etcd Version: 13.6.8"), undefined);
        assert.equal(accepts("vmauth", "vmauth-tags-v1.150.0-enterprise-0-gabcdef"), undefined);
        assert.equal(accepts("age", "2.0.0"), undefined);
        assert.equal(accepts("kubectl", '{ "gitVersion": "v1.34.9" }'), undefined);
        assert.equal(accepts("kubectl", '{ "gitVersion": "v1.36.3-dispatcher" }'), undefined);
    });

    it("name an official release over https for Linux, provider plugins and zip files excepted", () => {
        const platform: Platform = { os: "linux", arch: "amd64" };
        for (const recipe of Object.values<Recipe>(RECIPES)) {
            const release = recipe.release?.(platform);
            const isZipped = recipe.name === "alloy"; // all of its releases, which are not unpacked
            assert.equal(
                release === undefined,
                recipe.plugin !== undefined || isZipped,
                recipe.name,
            );
            if (release !== undefined)
                assert.match(release.url, /^https:.*linux[-_/.]?(amd64|x64|x86_64)/i);
        }
    });
});

describe("provide, from the PATH", () => {
    const bench = useWorkbench();

    it("takes the first of the wanted version", async () => {
        const old = await bench.script("old/gadget", "#!/bin/sh\necho gadget 1.2.2\n");
        const right = await bench.script("right/gadget", SCRIPT);
        const path = `${dirname(old)}:${dirname(right)}`;
        assert.deepEqual(await bench.provide(undefined, { path }), {
            name: "gadget",
            path: right,
            version: "1.2.3",
            source: "path",
        });
    });

    it("passes over node_modules/.bin, and over one without the files it needs beside it", async () => {
        const npm = await bench.script("node_modules/.bin/gadget", SCRIPT);
        const alone = await bench.script("alone/gadget", SCRIPT);
        await bench.goModule("");
        const recipe = bench.recipe({ beside: ["gadget-helper"] });
        const path = `${dirname(npm)}:${dirname(alone)}`;
        await assert.rejects(bench.provide(recipe, { path }), {
            message: /^gadget 1\.2\.3 cannot be downloaded and Go is missing/,
        });
    });
});

// Nothing is built on a machine without Go, where everything is downloaded.
const go = await findGo(process.env.PATH ?? "");
if (go) describeBuilding(go);

function describeBuilding(go: Go): void {
    describe("provide, from source", function () {
        this.timeout(60_000); // the first build on a machine compiles Go's runtime

        const bench = useWorkbench();

        it("builds what no host serves, with the version set", async () => {
            const closed = createServer().listen(0, "127.0.0.1");
            await once(closed, "listening");
            const { port } = closed.address() as AddressInfo;
            closed.close();
            await once(closed, "close");
            const release = { url: `http://127.0.0.1:${port}/gadget`, checksum: { sha256: "" } };
            await bench.goModule("var version string\nfunc main() { println(version) }");
            const output = screen();
            const options = { path: dirname(go.path), output };
            const tool = await bench.provide(bench.recipe({ release }), options);
            assert.equal(tool.source, "built");
            assert.match(
                String(output.read()),
                /gadget 1\.2\.3[^]*building from source, usually 1 s/,
            );
            assert.equal((await execa(tool.path)).stderr, "1.2.3");
        });

        it("makes it once when two runs start at the same time", async () => {
            await bench.goModule("func main() {}");
            const log = join(bench.directory, "log");
            const counting = `#!/bin/sh\necho "$1" >>'${log}'\nexec '${go.path}' "$@"\n`;
            const path = dirname(await bench.script("counting/go", counting));
            const outputs = [screen(), screen()];
            const both = await Promise.all(
                outputs.map((output) => bench.provide(undefined, { path, output })),
            );
            assert.deepEqual(both[0], both[1]);
            const commands = (await readFile(log, "utf8")).trim().split("\n");
            assert.deepEqual(commands.sort(), ["build", "env", "env"]);
            const waiting = outputs.map((output) =>
                String(output.read()).includes("waiting for another"),
            );
            assert.deepEqual(waiting.sort(), [false, true], "one of them says that it waits");
        });

        it("builds again when a source changes", async () => {
            const options = { path: dirname(go.path) };
            await bench.goModule("func main() {}");
            const first = await bench.provide(undefined, options);
            await bench.goModule("func main() { println() }");
            const second = await bench.provide(undefined, options);
            assert.notEqual(first.path, second.path);
        });

        it("says the compiler's last line and where the others are, and leaves nothing half-made", async () => {
            await bench.goModule("func main() { missing() }");
            const options = { path: dirname(go.path) };
            await assert.rejects(bench.provide(undefined, options), {
                message:
                    "gadget 1.2.3 cannot be built: ./main.go:2:15: undefined: missing; " +
                    `see ${join(bench.cache, "logs", "gadget.log")}`,
            });
            const entries = (await readdir(bench.cache)).filter((name) =>
                name.startsWith("built-"),
            );
            assert.deepEqual(await readdir(join(bench.cache, entries[0] ?? "")), []);
        });
    });
}

describe("provide, without Go", () => {
    const bench = useWorkbench();

    it("says what to install when Go is missing", async () => {
        await bench.goModule("");
        await assert.rejects(bench.provide(), {
            message:
                "gadget 1.2.3 cannot be downloaded and Go is missing: " +
                "install Go 1.26 or newer (https://go.dev/dl) and run again",
        });
    });

    it("says what to install when Go is too old for the module", async () => {
        await bench.goModule("");
        const old = await bench.script("old/go", "#!/bin/sh\necho go1.9.7\n");
        const options = { path: dirname(old) };
        await assert.rejects(bench.provide(undefined, options), {
            message:
                "gadget 1.2.3 cannot be downloaded and Go 1.9.7 is too old: " +
                "install Go 1.26 or newer (https://go.dev/dl) and run again",
        });
    });
});

describe("makeOnce", function () {
    this.timeout(30_000); // an abandoned lock is stale after two seconds at the least

    const bench = useWorkbench();

    it("takes over from a run that was killed, and removes what it left", async () => {
        const entry = join(bench.directory, "entry");
        const source = new URL("../../../sandbox/toolchain/cache.ts", import.meta.url).href;
        const program = `
            const { makeOnce } = await import(${JSON.stringify(source)});
            await makeOnce(${JSON.stringify(entry)}, () => {
                console.log("holds the lock");
                return new Promise((resolve) => setTimeout(resolve, 60_000));
            });`;
        const killed = spawn(process.execPath, ["--input-type=module", "--eval", program]);
        await once(killed.stdout, "data");
        killed.kill("SIGKILL");
        await once(killed, "exit");
        let waited = 0;
        const made: string[] = [];
        const make = async (temporary: string): Promise<void> => {
            made.push(temporary);
            await writeFile(join(temporary, "file"), "");
        };
        await makeOnce(entry, make, { waiting: () => (waited += 1), staleAfter: 2_000 });
        assert.equal(waited, 1);
        assert.equal(made.length, 1);
        assert.deepEqual(await readdir(bench.directory), ["entry"]);
        assert.ok(await exists(join(entry, "file")));
    });

    it("leaves nothing when making fails", async () => {
        const failing = makeOnce(join(bench.directory, "entry"), () =>
            Promise.reject(new Error("no")),
        );
        await assert.rejects(failing, { message: "no" });
        assert.deepEqual(await readdir(bench.directory), []);
    });
});
