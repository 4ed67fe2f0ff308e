// Searches what the other suites on the shared sandbox left: it has them run before it, in the
// order of their story. It does not prove that no secret passed through a file that is gone.
import "./rotation.test.ts";
import "./rendering.test.ts";
import "./mirror.test.ts";
import "./gate.test.ts";
import "./refusals.test.ts";
import "./retire.test.ts";
import "./overlap.test.ts";
import "./emergency.test.ts";
import "./adopted.test.ts";
import "./adoption.test.ts";
import "./record.test.ts";
import "./gitMirror.test.ts";
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import {
    RECEIVER_SECRET,
    REPOSITORY,
    SEALED_FILE,
    SENDER_SECRET,
    type Stage,
    useSandbox,
} from "../support/fixture.ts";
import { type Place, Scanner } from "../support/scan.ts";

/** The files of a sandbox that hold a secret because it is their job, or that are programs. */
const EXCEPT = [
    "cluster/", // etcd, which holds Secrets, and keys
    "pods/receiver/auth/",
    "pods/sender/write-credential/",
    "second/auth/",
    "adopted/auth/",
    "inherited/auth/",
    "inherited/sender/write-credential/",
    "gitlab/auth/",
    "passphrase",
    "age-identity.txt",
    "pulumi/versions/",
    "pulumi/plugins/",
];

/** Every secret of the run, with a name for it. */
async function collectSecrets({ deployments, sandbox }: Stage): Promise<Map<string, string>> {
    const credentials = deployments.flatMap((deployment) => [...deployment.credentials]);
    const read = async (path: string) => (await readFile(path, "utf8")).trim();
    return new Map([
        ...credentials.map((value, index) => [value, `credential ${index + 1}`] as const),
        [await read(sandbox.identity), "the age identity"],
        [await read(join(sandbox.directory, "passphrase")), "the passphrase"],
        [sandbox.engine.environment["GITHUB_TOKEN"] ?? "", "the GitHub token"],
    ]);
}

/** The files of the sandbox, without {@link EXCEPT}. */
async function readFiles({ sandbox: { directory } }: Stage): Promise<Place[]> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const places = files.map(async (entry): Promise<Place[]> => {
        const path = join(entry.parentPath, entry.name);
        const name = relative(directory, path);
        if (EXCEPT.some((prefix) => name.startsWith(prefix))) return [];
        // A running part may have removed it meanwhile.
        const text = await readFile(path, "latin1").catch(() => "");
        return [[name, `${name}\n${text}`]];
    });
    return (await Promise.all(places)).flat();
}

/** Commit messages and contents, of every commit. */
async function readHistory({ sandbox }: Stage): Promise<Place[]> {
    const { github, engine } = sandbox;
    const stacks = {
        [REPOSITORY]: "dev",
        "second-credentials": "second",
        "adopted-credentials": "adopted",
    };
    const files = Object.entries(stacks).flatMap(([repository, stack]) =>
        ["yaml.age", "rotation.json"].map((ending) => [repository, `${stack}.${ending}`] as const),
    );
    const places: Place[] = [];
    for (const [repository, path] of files) {
        for (const { sha, message } of await github.commits(repository, path)) {
            const url = `${github.baseUrl}api/v3/repos/sandbox/${repository}/contents/${path}?ref=${sha}`;
            const headers = { authorization: `Bearer ${engine.environment["GITHUB_TOKEN"] ?? ""}` };
            const response = await fetch(url, { headers });
            assert.ok(response.ok);
            const { content } = (await response.json()) as { content: string };
            const text = Buffer.from(content, "base64").toString();
            places.push([`commit ${sha} of ${repository}, ${path}`, `${message}\n${text}`]);
        }
    }
    return places;
}

describe("no secret is", function () {
    this.timeout(60_000);
    const stage = useSandbox();
    let scanner: Scanner;
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        scanner = new Scanner(await collectSecrets(stage));
    });

    it("overlooked: each is found where it must be", async () => {
        const { sandbox } = stage;
        const { namespace } = sandbox.cluster;
        const read = async (name: string) =>
            JSON.stringify((await stage.core.readNamespacedSecret({ namespace, name })).data);
        const sealed = (await sandbox.github.file(REPOSITORY, SEALED_FILE)) ?? "";
        const open = ["--decrypt", "--identity", sandbox.identity];
        const { stdout } = await execa({ input: sealed })(sandbox.tools.age.path, open);
        const places: Place[] = [
            ["sender", await read(SENDER_SECRET)],
            ["receiver", await read(RECEIVER_SECRET)],
            ["receiver of an adopted credential", await read("adopted-auth")],
            ["mirror", stdout],
            ["identity", await readFile(sandbox.identity, "latin1")],
            ["passphrase", await readFile(join(sandbox.directory, "passphrase"), "latin1")],
            ["environment", JSON.stringify(sandbox.engine.environment)],
        ];
        const found = scanner.find(places).map((line) => line.replace(/ \d+/, ""));
        const { accepted } = await stage.deployment.rotation();
        assert.deepEqual(found, [
            "sender: credential as base64",
            ...accepted.map(() => "receiver: credential as base64"),
            ...["made", "adopted"].map(
                () => "receiver of an adopted credential: credential as base64",
            ),
            ...accepted.map(() => "mirror: credential as plain text"),
            "identity: the age identity as plain text",
            "passphrase: the passphrase as plain text",
            "environment: the GitHub token as plain text",
        ]);
    });

    it("in a file of the sandbox: state, its history and backups, configuration, logs, pods", async () => {
        const files = await readFiles(stage);
        const names = files.map(([name]) => name);
        for (const some of [/^state\/.*dev\.json$/, /^state\/.*history/, /^logs\/receiver\.log$/]) {
            assert.ok(names.some((name) => some.test(name)));
        }
        assert.deepEqual(scanner.find(files), []);
    });

    it("in what pulumi printed or reported, nor in what it exports", async () => {
        for (const deployment of stage.deployments) {
            await deployment.must("stack", "export");
            await deployment.must("stack", "output", "--json");
            await deployment.must("stack", "history", "--json");
            const places = deployment.printed.map((text): Place => ["pulumi", text]);
            assert.deepEqual(scanner.find(places), []);
        }
    });

    it("in the arguments of a process", () => {
        const lines = stage.deployments.flatMap(({ commandLines }) => [...commandLines]);
        assert.deepEqual(scanner.find(lines.map((line) => ["a process", line])), []);
    });

    it("in the mirror's history", async () => {
        const history = await readHistory(stage);
        assert.ok(history.length > 0);
        assert.deepEqual(scanner.find(history), []);
    });

    it("in names or annotations of Secrets, nor in a ConfigMap", async () => {
        const objects = await stage.objects();
        const places = objects.map((object): Place => {
            const readable =
                object.kind === "Secret" || "type" in object ? object.metadata : object;
            return [object.metadata?.name ?? "", JSON.stringify(readable)];
        });
        assert.deepEqual(scanner.find(places), []);
    });

    it("in what sender and receiver tell of themselves", async () => {
        const { fleet } = stage.sandbox;
        const sender = await fleet.sender.running;
        const urls = [
            new URL("/api/v1/status/config", sender.url),
            new URL("/metrics", sender.url),
            new URL("/metrics", fleet.receiverUrl),
        ];
        const read = async (url: URL): Promise<Place> => [
            url.href,
            await (await fetch(url)).text(),
        ];
        assert.deepEqual(scanner.find(await Promise.all(urls.map(read))), []);
    });
});
