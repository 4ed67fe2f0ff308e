import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Decrypter, armor, generateX25519Identity, identityToRecipient } from "age-encryption";
import { CredentialMirror, type CredentialMirrorArgs } from "../../components/credentialMirror.ts";
import { known, run, type Registered, type World } from "../mocks.ts";

const COMPONENT = "prometheus-write-secret:index:CredentialMirror mirror";
const MADE = "prometheus-write-secret:index:MirrorRepository mirror-repository";
const REPOSITORY = "github:index/repository:Repository mirror-repository";
const STASH = "pulumi:index:Stash mirror-sealed";
const FILE = "github:index/repositoryFile:RepositoryFile mirror";

const identities = [await generateX25519Identity(), await generateX25519Identity()] as const;
const recipients = await Promise.all(identities.map((identity) => identityToRecipient(identity)));
const [alice = "", bob = ""] = recipients;

function make(changes: Partial<CredentialMirrorArgs> = {}, world: World = {}) {
    return run(world, () => {
        const args = {
            owner: "acme",
            repository: "vault",
            path: "dev.yaml.age",
            branch: "trunk",
            create: true,
            offers: { rulesets: false, forking: false },
            fresh: false,
            recipients: [alice, bob],
            plaintext: pulumi.secret("the manifest"),
            version: pulumi.secret("the hashes"),
            message: "Rotate",
        };
        return new CredentialMirror("mirror", { ...args, ...changes });
    });
}

function find(resources: readonly Registered[], id: string): Registered {
    const found = resources.find((resource) => resource.id === id);
    assert.ok(found, `${id} is not asked for`);
    return found;
}

/** The sealed text that the stash is asked to keep. */
function sealedIn(resources: readonly Registered[]): string {
    const { input } = find(resources, STASH).inputs as { input: { content: string } };
    return input.content;
}

function open(sealed: string, identity: string): Promise<string> {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    return decrypter.decrypt(armor.decode(sealed), "text");
}

async function triggerOf(changes: Partial<CredentialMirrorArgs>): Promise<unknown> {
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
            input: { content: sealedIn(resources), message: "Rotate", recipients },
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
            content: sealedIn(resources),
            commitMessage: "Rotate",
            overwriteOnCreate: true,
        });
        assert.deepEqual(options, {
            dependencies: [REPOSITORY, STASH],
            retainOnDelete: true,
            hooks: { onError: ["missing Contents of vault"] },
        });
    });

    it("seals to each recipient alone", async () => {
        const sealed = sealedIn((await make()).resources);
        const opened = await Promise.all(identities.map((identity) => open(sealed, identity)));
        assert.deepEqual(opened, ["the manifest", "the manifest"]);
        const stranger = await generateX25519Identity();
        await assert.rejects(open(sealed, stranger), { message: /no identity matched/ });
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

    it("writes nothing to a repository that comes back public", async () => {
        const asked: string[] = [];
        await assert.rejects(make({}, { visibility: "public", asked }), {
            message:
                'error serializing property "repository": ' +
                "repository vault must be private, it is public",
        });
        assert.deepEqual(asked, [COMPONENT, MADE, REPOSITORY, STASH]);
    });
});

describe("CredentialMirror's trigger", () => {
    it("is the same for the same version, whatever the plaintext and the message", async () => {
        const other = { plaintext: pulumi.secret("another order"), message: "Go back" };
        assert.equal(await triggerOf(other), await triggerOf({}));
    });

    it("is the same for the same recipients in another order", async () => {
        assert.equal(await triggerOf({ recipients: [bob, alice] }), await triggerOf({}));
    });

    it("changes with the version", async () => {
        assert.notEqual(await triggerOf({ version: "other hashes" }), await triggerOf({}));
    });

    it("changes with the recipients", async () => {
        assert.notEqual(await triggerOf({ recipients: [alice] }), await triggerOf({}));
    });
});
