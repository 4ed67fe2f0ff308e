import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { generateKey } from "openpgp";
import { CredentialMirror, type SealedArgs } from "../../components/credentialMirror.ts";
import { parseRemote } from "../../settings/gitRemote.ts";
import { openSealed } from "../../seal/open.ts";
import { parseRecipients } from "../../seal/recipient.ts";
import { sha256 } from "../../rotation/digest.ts";
import { type Format, type Sealing, sealTo } from "../../seal/seal.ts";
import type { GitHubMirrorSettings } from "../../settings/mirrorSettings.ts";
import { find } from "../support/found.ts";
import { known, run, type Registered, type World } from "../support/mocks.ts";

const COMPONENT = "prometheus-write-secret:index:CredentialMirror mirror";
const MADE = "prometheus-write-secret:index:MirrorRepository mirror-repository";
const BRANCH = "github:index/branchDefault:BranchDefault mirror-repository-branch";
const REPOSITORY = "github:index/repository:Repository mirror-repository";
const STASH = "pulumi:index:Stash mirror-sealed";
const FILE = "github:index/repositoryFile:RepositoryFile mirror";

const identities = [await generateX25519Identity(), await generateX25519Identity()] as const;
const recipients = await Promise.all(identities.map((identity) => identityToRecipient(identity)));
const [alice = "", bob = ""] = recipients;
const carol = await generateKey({ userIDs: [{ name: "Carol" }] });

async function sealing(
    texts: readonly string[] = [alice, bob],
    format: Format = "sealed",
): Promise<Sealing> {
    const path = format === "sops" ? "dev.sops.yaml" : "dev.yaml.age";
    return sealTo({ path, format }, await parseRecipients(texts, { now: new Date() }));
}

type Changes = Partial<GitHubMirrorSettings & SealedArgs>;

async function make(changes: Changes = {}, world: World = {}) {
    const sealed = await sealing();
    return run(world, () => {
        const args = {
            owner: "acme",
            repository: "vault",
            path: "dev.yaml.age",
            recordPath: "dev.rotation.json",
            format: "sealed" as const,
            branch: "trunk",
            create: true,
            sealing: sealed,
            found: { offers: { rulesets: false, forking: false }, fresh: false },
            plaintext: pulumi.secret("the manifest"),
            version: pulumi.secret("the hashes"),
            message: "Rotate",
        };
        return new CredentialMirror("mirror", { ...args, ...changes });
    });
}

/** The sealed texts that the stash is asked to keep, by path. */
function sealedIn(resources: readonly Registered[]): Record<string, string> {
    const { input } = find(resources, STASH).inputs as { input: { files: Record<string, string> } };
    return input.files;
}

function filesIn(resources: readonly Registered[]): Record<string, unknown>[] {
    return resources
        .filter(({ id }) => id.startsWith(FILE))
        .map(({ inputs }) => inputs as Record<string, unknown>);
}

async function triggerOf(changes: Changes): Promise<unknown> {
    const { resources } = await make(changes);
    return find(resources, STASH).options.replacementTrigger;
}

describe("CredentialMirror", () => {
    it("is a private repository, a stash and a file, in this order", async () => {
        const { resources } = await make();
        assert.deepEqual(
            resources.map(({ id, parent }) => ({ id, parent })),
            [
                { id: COMPONENT, parent: undefined },
                { id: MADE, parent: COMPONENT },
                { id: REPOSITORY, parent: MADE },
                { id: BRANCH, parent: MADE },
                { id: STASH, parent: COMPONENT },
                { id: FILE, parent: COMPONENT },
            ],
        );
        assert.deepEqual(find(resources, COMPONENT).inputs, {});
    });

    it("keeps the sealed text, its message and its readers together, until its trigger changes", async () => {
        const { resources } = await make();
        const { inputs, options } = find(resources, STASH);
        const recipients = [alice, bob];
        assert.deepEqual(inputs, {
            input: { files: sealedIn(resources), message: "Rotate", recipients },
        });
        const { replacementTrigger, ...others } = options;
        assert.match(String(replacementTrigger), /^[0-9a-f]{64}$/);
        assert.deepEqual(others, { ignoreChanges: ["input"] });
    });

    it("writes what is stashed to the file, and leaves the file when the stack is destroyed", async () => {
        const { resources } = await make();
        const { inputs, options } = find(resources, FILE);
        assert.deepEqual(inputs, {
            repository: "vault",
            branch: "trunk",
            file: "dev.yaml.age",
            content: sealedIn(resources)["dev.yaml.age"],
            commitMessage: "Rotate",
            overwriteOnCreate: true,
        });
        assert.deepEqual(options, {
            dependencies: [BRANCH, REPOSITORY, STASH],
            retainOnDelete: true,
            hooks: { onError: ["missing Contents of vault"] },
        });
    });

    it("seals to each recipient alone", async () => {
        const { "dev.yaml.age": sealed = "" } = sealedIn((await make()).resources);
        const opened = identities.map((age) => openSealed(sealed, { age }));
        assert.deepEqual(await Promise.all(opened), ["the manifest", "the manifest"]);
        const age = await generateX25519Identity();
        await assert.rejects(openSealed(sealed, { age }), { message: /no identity matched/ });
    });

    it("writes a file for OpenPGP beside that for age, one after the other", async () => {
        const both = await sealing([alice, carol.publicKey]);
        const { resources } = await make({ sealing: both });
        const sealed = sealedIn(resources);
        assert.deepEqual(
            filesIn(resources).map(({ file, content }) => ({ file, content })),
            ["dev.yaml.age", "dev.yaml.asc"].map((file) => ({ file, content: sealed[file] })),
        );
        const keys = { age: identities[0], openpgp: { key: carol.privateKey } };
        const opened = Object.values(sealed).map((text) => openSealed(text, keys));
        assert.deepEqual(await Promise.all(opened), ["the manifest", "the manifest"]);
        const second = find(resources, `${FILE}-dev.yaml.asc`);
        assert.deepEqual(second.options.dependencies, [BRANCH, REPOSITORY, FILE, STASH]);
    });

    it("writes only the file for OpenPGP when nobody uses age", async () => {
        const { resources } = await make({ sealing: await sealing([carol.publicKey]) });
        assert.deepEqual(
            filesIn(resources).map(({ file }) => file),
            ["dev.yaml.asc"],
        );
    });

    it("writes one file of SOPS for all", async () => {
        const all = await sealing([alice, carol.publicKey], "sops");
        const { resources } = await make({ sealing: all, plaintext: "kind: Secret\n" });
        assert.deepEqual(
            filesIn(resources).map(({ file }) => file),
            ["dev.sops.yaml"],
        );
    });

    it("has the address of the repository it makes, which is no secret", async () => {
        const { result } = await make();
        const value = "https://github.test/mirror-repository";
        assert.deepEqual(await known(result.url), { value, secret: false });
    });

    it("uses a repository that exists when told to make none", async () => {
        const htmlUrl = "https://github.test/acme/vault";
        const repositories = { "acme/vault": { htmlUrl } };
        const { resources, result } = await make({ create: false }, { repositories });
        assert.deepEqual(
            resources.map(({ id }) => id),
            [COMPONENT, STASH, FILE],
        );
        assert.equal((find(resources, FILE).inputs as { repository: string }).repository, "vault");
        assert.deepEqual(await known(result.url), { value: htmlUrl, secret: false });
    });

    it("asks GitHub for nothing when it is on another Git host", async () => {
        const url = "https://gitlab.example/group/repo.git";
        const toAlice = await sealing([alice]);
        const found = { offers: { rulesets: false, forking: false }, fresh: false };
        const { resources, result } = await run({}, () => {
            const { credentials, ...settings } = {
                ...{
                    remote: parseRemote(url),
                    branch: "main",
                    author: "robot <robot@example.com>",
                },
                ...{ path: "dev.yaml.age", recordPath: "dev.rotation.json" },
                format: "sealed" as const,
                credentials: { username: "oauth2", token: "t0ken" },
            };
            return new CredentialMirror("mirror", {
                ...{ ...settings, credentials, sealing: toAlice, message: "Rotate", found },
                ...{ plaintext: pulumi.secret("the manifest"), version: "the hashes" },
            });
        });
        assert.deepEqual(
            resources.map(({ id, parent }) => ({ id, parent })),
            [
                { id: COMPONENT, parent: undefined },
                { id: STASH, parent: COMPONENT },
                { id: "pulumi:index:Stash mirror-pushed", parent: COMPONENT },
            ],
        );
        const { input } = find(resources, "pulumi:index:Stash mirror-pushed").inputs as {
            input: object;
        };
        const digests = { "dev.yaml.age": sha256(sealedIn(resources)["dev.yaml.age"] ?? "") };
        assert.deepEqual(input, { remote: url, branch: "main", sha256: digests });
        assert.deepEqual(await known(result.url), { value: url, secret: false });
    });

    it("writes nothing to a repository that comes back public", async () => {
        const asked: string[] = [];
        await assert.rejects(make({}, { visibility: "public", asked }), {
            message:
                'error serializing property "repository": ' +
                "repository vault must be private, it is public",
        });
        assert.deepEqual(asked, [COMPONENT, MADE, REPOSITORY, BRANCH, STASH]);
    });
});

describe("CredentialMirror's trigger", () => {
    it("is the same for the same version, whatever the plaintext and the message", async () => {
        const other = { plaintext: pulumi.secret("another order"), message: "Go back" };
        assert.equal(await triggerOf(other), await triggerOf({}));
    });

    it("is the same for the same recipients in another order", async () => {
        assert.equal(
            await triggerOf({ sealing: await sealing([bob, alice]) }),
            await triggerOf({}),
        );
    });

    it("changes with the version", async () => {
        assert.notEqual(await triggerOf({ version: "other hashes" }), await triggerOf({}));
    });

    it("changes with the recipients", async () => {
        assert.notEqual(await triggerOf({ sealing: await sealing([alice]) }), await triggerOf({}));
    });

    it("changes with the format", async () => {
        const sops = await sealing([alice, bob], "sops");
        assert.notEqual(await triggerOf({ sealing: sops }), await triggerOf({}));
    });
});
