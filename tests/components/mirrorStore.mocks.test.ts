import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GitHubStore, GitStore, type MirrorStore } from "../../components/mirrorStore.ts";
import { parseRemote } from "../../settings/gitRemote.ts";
import { sha256 } from "../../rotation/digest.ts";
import { type BareRepository, GitHttpsHost } from "../support/hosts/gitHttps.ts";
import { find, idsOf } from "../support/found.ts";
import { run, type World } from "../support/mocks.ts";

const FILE = "github:index/repositoryFile:RepositoryFile";
const STASH = "pulumi:index:Stash";

/** Something to be the parent. */
class Parent extends pulumi.ComponentResource {
    constructor() {
        super("prometheus-write-secret:index:Parent", "parent", {});
    }
}

/** Writes files by a name each, one after the other. */
function write(
    open: () => MirrorStore,
    writes: Readonly<Record<string, Readonly<Record<string, pulumi.Input<string>>>>>,
    world: World = {},
) {
    return run(world, () => {
        const [store, parent] = [open(), new Parent()];
        for (const [name, files] of Object.entries(writes)) {
            store.write(name, { files, message: `Write ${name}` }, parent);
        }
    });
}

describe("GitHubStore", () => {
    const open = () => new GitHubStore({ repository: "vault", branch: "trunk" });

    it("writes a resource a file, the first of which has the name alone", async () => {
        const { resources } = await write(open, { mirror: { "dev.age": "a", "dev.gpg": "b" } });
        assert.deepEqual(idsOf(resources).slice(1), [`${FILE} mirror`, `${FILE} mirror-dev.gpg`]);
        const { inputs, options, parent } = find(resources, `${FILE} mirror-dev.gpg`);
        assert.equal(parent, "prometheus-write-secret:index:Parent parent");
        assert.deepEqual(inputs, {
            repository: "vault",
            branch: "trunk",
            file: "dev.gpg",
            content: "b",
            commitMessage: "Write mirror",
            overwriteOnCreate: true,
        });
        const dependencies = [`${FILE} mirror`]; // one commit after the other
        const hooks = { onError: ["missing Contents of vault"] };
        assert.deepEqual(options, { retainOnDelete: true, dependencies, hooks });
    });
});

describe("GitStore", function () {
    this.timeout(30_000);
    const host = new GitHttpsHost();
    let repository: BareRepository;
    let made = 0;
    before(() => host.start());
    after(() => host.remove());
    beforeEach(async () => {
        made += 1;
        repository = await host.create(`repo-${made}.git`);
    });
    const url = () => host.url(`repo-${made}.git`);
    const open = (branch = "main", repairs?: Readonly<Record<string, number>>) =>
        new GitStore(
            {
                ...{ remote: parseRemote(url()), branch, author: "robot <robot@example.com>" },
                ...{ path: "unused", recordPath: "unused", format: "sealed" },
                credentials: { username: "oauth2", token: host.token, caFile: host.caFile },
            },
            repairs,
        );
    const trigger = async (
        files: Readonly<Record<string, string>>,
        branch?: string,
        repairs?: Readonly<Record<string, number>>,
    ) => {
        const { resources } = await write(() => open(branch, repairs), { mirror: files });
        return find(resources, `${STASH} mirror-pushed`).options["replacementTrigger"];
    };

    it("keeps digests of what is pushed where, and nothing else", async () => {
        const { resources, requests } = await write(open, { mirror: { "dev.age": "sealed" } });
        const { inputs, options, parent } = find(resources, `${STASH} mirror-pushed`);
        assert.equal(parent, "prometheus-write-secret:index:Parent parent");
        assert.deepEqual(inputs, {
            input: { remote: url(), branch: "main", sha256: { "dev.age": sha256("sealed") } },
        });
        const { replacementTrigger, ...others } = options;
        assert.match(String(replacementTrigger), /^[0-9a-f]{64}$/);
        assert.deepEqual(others, { hooks: { beforeCreate: ["mirror-push"] } });
        const sent = requests.map((request) => JSON.stringify(request.toObject())).join("\n");
        assert.ok(!sent.includes(host.token));
        assert.ok(sent.includes("mirror-push")); // what was searched is what was sent
    });

    it("pushes before the stash is made", async () => {
        await write(open, { mirror: { "dev.age": "sealed" } }, { callsHooks: true });
        assert.deepEqual(await repository.log(), ["Write mirror"]);
        assert.deepEqual(await repository.files(), { "dev.age": "sealed" });
    });

    it("pushes nothing in a preview", async () => {
        await write(open, { mirror: { "dev.age": "sealed" } }, { preview: true });
        assert.deepEqual(await repository.log(), []);
    });

    it("brings what was written before along, when it is gone", async () => {
        const writes = { mirror: { "dev.age": "sealed" }, record: { "dev.json": "{}" } };
        await write(open, { mirror: writes.mirror }, { callsHooks: true });
        await repository.git("update-ref", "-d", "refs/heads/main");
        const { resources } = await write(open, writes);
        const { inputs } = find(resources, `${STASH} record-pushed`);
        const { sha256: digests } = (inputs as { input: { sha256: object } }).input;
        assert.deepEqual(Object.keys(digests), ["dev.age", "dev.json"]);
    });

    it("fails with what is wrong, and has no stash then", async () => {
        await repository.protect("exit 1");
        const asked: string[] = [];
        await assert.rejects(
            write(open, { mirror: { "dev.age": "sealed" } }, { callsHooks: true, asked }),
            /mirror\.remote https:.*: the host does not let this identity push to the branch/,
        );
        assert.deepEqual(asked, ["prometheus-write-secret:index:Parent parent"]);
    });

    it("has a trigger that changes with content, path, branch and repairs of its own, and with nothing else", async () => {
        const same = await trigger({ a: "1" });
        assert.equal(await trigger({ a: "1" }), same);
        const idle = { "mirror-pushed": 0, "record-pushed": 1 };
        assert.equal(await trigger({ a: "1" }, "main", idle), same);
        const others = [
            await trigger({ a: "2" }),
            await trigger({ b: "1" }),
            await trigger({ a: "1" }, "trunk"),
            await trigger({ a: "1" }, "main", { "mirror-pushed": 1 }),
        ];
        assert.equal(new Set([same, ...others]).size, 5);
    });
});
