// The mirror against what it is for: the `age` command line opens it, and `kubectl` restores from
// it what was lost.
import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { type Deployment, diagnostics, mark, SECRET, steps } from "../support/deployment.ts";
import {
    RECEIVER_SECRET,
    REPOSITORY,
    SEALED_FILE,
    SENDER_SECRET,
    type Stage,
    useSandbox,
} from "../support/fixture.ts";
import { openNeighbour } from "../support/neighbour.ts";
import { rest } from "../support/rest.ts";

interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly type: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace: string;
        readonly annotations: Readonly<Record<string, string>>;
    };
    readonly stringData: Readonly<Record<string, string>>;
}

/** The `age` command line, as an operator runs it. */
function open({ sandbox }: Stage, sealed: string) {
    const { age } = sandbox.tools;
    return execa({ input: sealed })(age.path, ["--decrypt", "--identity", sandbox.identity]);
}

function kubectl({ sandbox }: Stage, ...args: string[]) {
    const { namespace, adminKubeconfig } = sandbox.cluster;
    const identity = ["--kubeconfig", adminKubeconfig, "--namespace", namespace];
    return [sandbox.tools.kubectl.path, [...identity, ...args]] as const;
}

describe("the mirror", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let sealed: string;
    before(async () => {
        // After going back, it restores to the newer one
        await stage.deployment.rotateTo(stage.newLabel());
        sealed = (await stage.sandbox.github.file(REPOSITORY, SEALED_FILE)) ?? "";
    });

    it("is a private repository", async () => {
        assert.equal(await stage.sandbox.github.visibility(REPOSITORY), "private");
    });

    it("holds, opened by age, what the Secrets of sender and receiver hold", async () => {
        const { stdout } = await open(stage, sealed);
        const manifests = parseAllDocuments(stdout).map((one) => one.toJS() as Manifest);
        const { accepted } = await stage.deployment.rotation();
        const annotations = {
            "prometheus-write-secret/accepted": accepted.join(","),
            "prometheus-write-secret/revision": "0",
            "pulumi.com/patchForce": "true",
        };
        const expected = [SENDER_SECRET, RECEIVER_SECRET].map(async (name) => ({
            apiVersion: "v1",
            kind: "Secret",
            type: "Opaque",
            metadata: { name, namespace: "monitoring", annotations },
            stringData: marked((await stage.secret(name)).files),
        }));
        assert.deepEqual(
            manifests.map((one) => ({ ...one, stringData: marked(one.stringData) })),
            await Promise.all(expected),
        );
    });

    it("is closed to another identity", async () => {
        const { sandbox } = stage;
        const other = join(sandbox.directory, "other-identity.txt");
        await execa(sandbox.tools["age-keygen"].path, ["-o", other]);
        const opening = execa({ input: sealed, reject: false })(sandbox.tools.age.path, [
            ...["--decrypt", "--identity", other],
        ]);
        assert.match((await opening).stderr, /no identity matched any of the recipients/);
    });

    it("gives a lost Secret back, byte for byte", async () => {
        const lost = await stage.secret(SENDER_SECRET);
        await execa(...kubectl(stage, "delete", "secret", SENDER_SECRET));
        await assert.rejects(stage.secret(SENDER_SECRET), { code: 404 });
        const apply = kubectl(stage, "apply", "--server-side", "--force-conflicts", "-f", "-");
        await open(stage, sealed).pipe(...apply);
        const restored = await stage.secret(SENDER_SECRET);
        assert.notEqual(restored.uid, lost.uid);
        assert.deepEqual(marked(restored.files), marked(lost.files));
    });

    it("leaves what it gave back to the next rotation", async () => {
        const label = stage.newLabel();
        await stage.deployment.rotateTo(label);
        const { annotations } = await stage.secret(SENDER_SECRET);
        assert.match(annotations["prometheus-write-secret/accepted"] ?? "", new RegExp(label));
        assert.equal(annotations["reloader.stakater.com/ignore"], "true"); // which was not given back
        await stage.deployment.must("preview", "--expect-no-changes", "--refresh");
    });
});

function marked(files: Readonly<Record<string, string>>) {
    return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, mark(text)]));
}

describe("a stack of its own", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const repository = "second-credentials";
    const sealedFile = "second.yaml.age";
    let second: Deployment;
    before(async () => {
        ({ deployment: second } = await openNeighbour(stage, "second", "first"));
    });

    it("takes no repository over that exists already", async () => {
        const { github } = stage.sandbox;
        await github.createRepository("occupied");
        const { length } = github.requests;
        await second.configured({ "mirror.repository": "occupied" }, async () => {
            for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
                const outcome = await second.run(...command);
                assert.notEqual(outcome.exitCode, 0);
                assert.deepEqual(diagnostics(outcome), {
                    "pulumi:pulumi:Stack (prometheus-write-secret-second)": [
                        "error: prometheus-write-secret:mirror.repository sandbox/occupied exists already: set mirror.create to false to use it",
                    ],
                });
            }
        });
        const made = (await second.resources()).filter(({ type }) => !type.startsWith("pulumi:"));
        assert.deepEqual(made, []);
        const methods = github.requests.slice(length).map(({ method }) => method);
        assert.deepEqual([...new Set(methods)], ["GET"]);
    });

    it("does not let go of its repository by mistake", async () => {
        await second.up();
        const outcome = await second.run("destroy", "--yes", "--skip-preview");
        assert.notEqual(outcome.exitCode, 0);
        assert.match(
            outcome.output,
            /mirror-repository" cannot be deleted\s+because it is protected/,
        );
        const types = (await second.resources()).map(({ type }) => type);
        assert.ok(types.includes("github:index/repository:Repository"));
    });

    it("leaves the repository archived, and the sealed file in it, when it is destroyed on purpose", async () => {
        const { github } = stage.sandbox;
        const sealed = (await github.file(repository, sealedFile)) ?? "";
        const { length } = github.requests;
        await second.must("state", "unprotect", "--all", "--yes");
        await second.must("destroy", "--yes", "--skip-preview");
        assert.deepEqual(await second.resources(), []);
        await assert.rejects(stage.secret("second-write-credential"), { code: 404 });
        await assert.rejects(stage.secret("second-auth"), { code: 404 });
        assert.equal(await github.visibility(repository), "private");
        assert.equal(await github.file(repository, sealedFile), sealed);
        const methods = github.requests.slice(length).map(({ method }) => method);
        assert.ok(!methods.includes("DELETE"));
        assert.match((await open(stage, sealed)).stdout, /name: second-write-credential/);
    });

    it("comes back beside what it left, once that is unarchived, over which it writes", async () => {
        const { github, engine } = stage.sandbox;
        const files = [sealedFile, "second.rotation.json", "second.rotation.json.sig"];
        const count = async () => {
            const commits = files.map((path) => github.commits(repository, path));
            return (await Promise.all(commits)).map(({ length }) => length);
        };
        const former = await count();
        await second.configure({ "mirror.create": false });
        assert.deepEqual(Object.values(diagnostics(await second.run("preview"))), [
            [
                "error: prometheus-write-secret:mirror.repository sandbox/second-credentials is archived: unarchive it, or name another one",
            ],
        ]);
        const ask = rest(github, engine.environment["GITHUB_TOKEN"] ?? "");
        await ask("PATCH", `/repos/sandbox/${repository}`, { archived: false });
        const outcome = await second.up();
        assert.deepEqual(steps(outcome, SECRET), ["create", "create"]);
        assert.deepEqual(
            await count(),
            former.map((length) => length + 1),
        );
        const token = mark((await stage.secret("second-write-credential")).files["token"]);
        const { stdout } = await open(stage, (await github.file(repository, sealedFile)) ?? "");
        const [manifest] = parseAllDocuments(stdout).map((one) => one.toJS() as Manifest);
        assert.equal(mark(manifest?.stringData["token"]), token);
    });
});
