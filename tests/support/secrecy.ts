import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import type { Deployment } from "./deployment.ts";
import { REPOSITORY, SEALED_FILE, SENDER_SECRET } from "./devStack.ts";
import type { Stage } from "./stage.ts";
import { type Place, Scanner } from "./scan.ts";

/** The files of a sandbox that hold a secret because it is their job, or that are programs. */
const EXCEPT = [
    /^cluster\//, // etcd, which holds Secrets, and keys
    /^[^/]+\/receiver\/auth\//,
    /^[^/]+\/auth\//, // of a neighbour
    /^[^/]+\/sender\/write-credential\//,
    /^passphrase$/,
    /^age-identity\.txt$/,
    /^pulumi\/(versions|plugins)\//,
];

/** When this process searched files last, in milliseconds, and the commits it has searched. */
const searched = { at: 0, commits: new Set<string>() };

/**
 * Searches what the suites of a file left in the sandbox. It does not prove that no secret passed
 * through a file that is gone.
 *
 * What an earlier search has seen is not searched again: no secret is in it that was made since.
 */
export function describeSecrecy(stage: Stage): void {
    describe("no secret is", function () {
        this.timeout(120_000);
        const last = searched.at;
        let scanner: Scanner;
        before(async () => {
            searched.at = Date.now();
            await stage.sandbox.fleet.sender.running;
            scanner = new Scanner(await collectSecrets(stage));
        });
        after(() => {
            for (const { printed, commandLines } of stage.deployments) {
                printed.length = 0;
                commandLines.clear();
            }
        });

        it("overlooked: each is found where it must be", async () => {
            const found = scanner.find(await readHolders(stage)).map((line) => {
                return line.replace(/ \d+/, "");
            });
            const told = [...(await stage.acceptedTokens()).keys()];
            const accepted = await stage.acceptedLabels();
            assert.deepEqual(found, [
                "sender: credential as base64",
                ...told.map(() => "receiver: credential as base64"),
                ...accepted.map(() => "mirror: credential as plain text"),
                "identity: the age identity as plain text",
                "passphrase: the passphrase as plain text",
                "environment: the GitHub token as plain text",
            ]);
        });

        it("in a file of the sandbox: state, its history and backups, configuration, logs, pods", async () => {
            const names = await listFiles(stage);
            for (const some of [
                /^state\/.*dev\.json$/,
                /^state\/.*history/,
                /^logs\/receiver\.log$/,
            ]) {
                assert.ok(names.some((name) => some.test(name)));
            }
            assert.deepEqual(scanner.find(await readFiles(stage, names, last)), []);
        });

        it("in what pulumi printed or reported, nor in what it exports", async () => {
            for (const deployment of deploymentsThatRan(stage)) {
                await Promise.all([
                    deployment.must("stack", "export"),
                    deployment.must("stack", "output", "--json"),
                    deployment.must("stack", "history", "--json"),
                ]);
                const places = deployment.printed.map((text): Place => ["pulumi", text]);
                assert.deepEqual(scanner.find(places), []);
            }
        });

        it("in the arguments of a process", () => {
            const ran = deploymentsThatRan(stage);
            const lines = ran.flatMap(({ commandLines }) => [...commandLines]);
            assert.ok(ran.length === 0 || lines.some((line) => line.includes("pulumi")));
            assert.deepEqual(scanner.find(lines.map((line) => ["a process", line])), []);
        });

        it("in the mirror's history", async () => {
            assert.deepEqual(scanner.find(await readHistory(stage, searched.commits)), []);
            assert.ok(searched.commits.size > 0);
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
                new URL(fleet.metricsUrl ?? fleet.receiverUrl),
            ];
            const read = async (url: URL): Promise<Place> => [
                url.href,
                await (await fetch(url)).text(),
            ];
            assert.deepEqual(scanner.find(await Promise.all(urls.map(read))), []);
        });
    });
}

/** Those that `pulumi` was run on since the last search. */
function deploymentsThatRan({ deployments }: Stage): readonly Deployment[] {
    return deployments.filter(({ printed }) => printed.length > 0);
}

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

/** What holds secrets of the dev stack because it is its job. */
async function readHolders(stage: Stage): Promise<Place[]> {
    const { sandbox, core } = stage;
    const { namespace } = sandbox.cluster;
    const read = async (name: string) =>
        JSON.stringify((await core.readNamespacedSecret({ namespace, name })).data);
    const input = (await sandbox.github.file(REPOSITORY, SEALED_FILE)) ?? "";
    const open = ["--decrypt", "--identity", sandbox.identity];
    const { stdout } = await execa({ input })(sandbox.tools.age.path, open);
    return [
        ["sender", await read(SENDER_SECRET)],
        ["receiver", await read(stage.receiverSecret)],
        ["mirror", stdout],
        ["identity", await readFile(sandbox.identity, "latin1")],
        ["passphrase", await readFile(join(sandbox.directory, "passphrase"), "latin1")],
        ["environment", JSON.stringify(sandbox.engine.environment)],
    ];
}

/** The files of the sandbox, without {@link EXCEPT}. */
async function listFiles({ sandbox: { directory } }: Stage): Promise<string[]> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => relative(directory, join(parentPath, name)))
        .filter((name) => !EXCEPT.some((pattern) => pattern.test(name)));
}

/** The names and contents of those that were written since. */
async function readFiles(
    { sandbox: { directory } }: Stage,
    names: readonly string[],
    since: number,
): Promise<Place[]> {
    const places = names.map(async (name): Promise<Place[]> => {
        const path = join(directory, name);
        try {
            if ((await stat(path)).ctimeMs < since) return [];
            return [[name, `${name}\n${await readFile(path, "latin1")}`]];
        } catch {
            return []; // a running part has removed it meanwhile
        }
    });
    return (await Promise.all(places)).flat();
}

/** Messages and contents of every commit but those in `known`, to which it adds them. */
async function readHistory(stage: Stage, known: Set<string>): Promise<Place[]> {
    const { github, engine } = stage.sandbox;
    const mirrors = [
        [REPOSITORY, "dev"],
        ...stage.others.map(({ name }) => [`${name}-credentials`, name]),
    ];
    const files = mirrors.flatMap(([repository = "", stack = ""]) =>
        ["yaml.age", "rotation.json", "rotation.json.sig"].map(
            (ending) => [repository, `${stack}.${ending}`] as const,
        ),
    );
    const places: Place[] = [];
    for (const [repository, path] of files) {
        for (const { sha, message } of await github.commits(repository, path)) {
            if (known.has(`${sha} ${path}`)) continue;
            known.add(`${sha} ${path}`);
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
