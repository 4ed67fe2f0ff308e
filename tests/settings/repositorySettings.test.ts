import assert from "node:assert/strict";
import { KINDS } from "../support/kinds.ts";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { GitHubMirrorSettings } from "../../settings/mirrorSettings.ts";
import { parseSettings } from "../../settings/settings.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpeI98x6tk2D8zpuFe8kPFQfbClvUZkUlmzE5NnAKmx";
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpeI98x6tk2D8zpuFe8kPFQfbClvUZkUlmzE5NnAKmy";
const recipient = await identityToRecipient(await generateX25519Identity());

function parse(mirror: object): GitHubMirrorSettings {
    const url = "https://push.example/api/v1/write";
    const configuration = {
        rotation: "2026-11-21",
        recipients: [recipient],
        mirror: { owner: "acme", repository: "vault", ...mirror },
        receivers: [
            { name: "east", kind: "vmauth", namespace: "edge", url, upstream: "http://store" },
        ],
        senders: [{ name: "agent", kind: "prometheus", namespace: "edge", configuration: "p.yml" }],
    };
    const readFile = () => "global: {}\n";
    const { mirror: parsed } = parseSettings(configuration, {
        stack: "prod",
        kinds: KINDS,
        readFile,
    });
    assert.ok(parsed.remote === undefined);
    return parsed;
}

describe("parseSettings, of the mirror's repository", () => {
    it("asks for nothing that is not configured", () => {
        assert.deepEqual(parse({}), {
            owner: "acme",
            repository: "vault",
            path: "prod.yaml.age",
            recordPath: "prod.rotation.json",
            branch: "main",
            format: "sealed",
            create: true,
        });
    });

    it("takes who may do what, and keys without their comments", () => {
        const { protect, secretScanning, access, deployKeys } = parse({
            protect: true,
            secretScanning: true,
            access: { users: { alice: "push" } },
            deployKeys: [{ title: "restore host", key: `${KEY} root@restore\n` }],
        });
        assert.deepEqual(
            { protect, secretScanning, access, deployKeys },
            {
                protect: true,
                secretScanning: true,
                access: { users: { alice: "push" }, teams: {} },
                deployKeys: [{ title: "restore host", key: KEY }],
            },
        );
    });

    const secret = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n";
    const refusals: readonly (readonly [what: string, mirror: object, message: string])[] = [
        [
            "a private key, without repeating it",
            { deployKeys: [{ title: "a", key: secret }] },
            "mirror.deployKeys[0].key: is a private key: give the public one, the line of its .pub file, and make a new pair if this went further than here",
        ],
        [
            "a key where its title belongs, without repeating it",
            { deployKeys: [{ title: secret, key: KEY }] },
            "mirror.deployKeys[0].title: must be 1 to 100 letters, digits, blanks and ._@-",
        ],
        [
            "a key that writes",
            { deployKeys: [{ title: "a", key: KEY, readOnly: false }] },
            "mirror.deployKeys[0].readOnly is no configuration key: docs/configuration.md lists them all",
        ],
        [
            "one key twice",
            {
                deployKeys: [
                    { title: "a", key: KEY },
                    { title: "b", key: `${KEY} b` },
                ],
            },
            "mirror.deployKeys[1].key must be unique, it is that of mirror.deployKeys[0]",
        ],
        [
            "two keys of one title",
            {
                deployKeys: [
                    { title: "a", key: KEY },
                    { title: "a", key: OTHER },
                ],
            },
            "mirror.deployKeys[1].title must be unique, it is that of mirror.deployKeys[0]",
        ],
        [
            "a role there is not",
            { access: { users: { alice: "write" } } },
            'mirror.access.users.alice: Invalid option: expected one of "pull"|"triage"|"push"|"maintain"|"admin"',
        ],
        [
            "a group that is neither users nor teams",
            { access: { groups: {} } },
            "mirror.access.groups is no configuration key: docs/configuration.md lists them all",
        ],
        ...["protect", "secretScanning", "access", "deployKeys"].map((key) => {
            const value = { access: {}, deployKeys: [] }[key] ?? true;
            const what = `${key} for a repository it does not make`;
            const message = `mirror.${key} needs mirror.create: a repository that was there before keeps its own settings`;
            return [what, { create: false, [key]: value }, message] as const;
        }),
    ];
    for (const [what, mirror, message] of refusals) {
        it(`refuses ${what}`, () => {
            assert.throws(() => parse(mirror), { message });
        });
    }
});
