import assert from "node:assert/strict";
import fc from "fast-check";
import { isLabel } from "../../rotation/generation.ts";
import { parseRecorded } from "../../update/recorded.ts";

const COMPONENTS = ["Sender", "Receiver", "SecretsManager", "WriteCredential", "CredentialMirror"];
const TYPES = [
    "kubernetes:core/v1:Secret",
    "kubernetes:core/v1:ConfigMap",
    "random:index/randomPassword:RandomPassword",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "github:index/repository:Repository",
    "github:index/repositoryFile:RepositoryFile",
    "pulumi:index:Stash",
];
/** Every key that is read. */
const KEYS = [
    ...["metadata", "name", "namespace", "annotations", "data", "prometheus.yml"],
    ...["prometheus-write-secret/accepted", "prometheus-write-secret/revision"],
    ...["keepers", "rotation", "input", "output", "recipients", "secretString", "secretId"],
    ...["repository", "branch", "file", "remote", "sha256", "repairs", "files"],
    ...["auth.yml", "result", "2027", "salt", "fingerprint", "clusterIdentifier"],
];
const NAMES = [
    ...["agent", "agent-configuration", "mirror-pushed", "mirror-sealed", "store"],
    ...["write-labels", "write-refused", "write-adopted"],
];
const value = fc.oneof(
    fc.constantFrom(
        "2027,2026",
        "2027,",
        "1",
        "-1",
        '{"label":""}',
        '{"label":["a"]}',
        "{",
        "",
        null,
    ),
    fc.constant("arn:aws:secretsmanager:eu-central-1:123456789012:secret:a/b-AbCdEf"),
    fc.array(fc.constantFrom("2027", "a b", "", 3, null)),
    fc.anything(),
);
const outputs = fc.oneof(
    fc.object({ key: fc.constantFrom(...KEYS), values: [value], maxDepth: 4, maxKeys: 8 }),
    fc.anything(),
);
const resource = fc
    .tuple(
        fc.constantFrom(...COMPONENTS),
        fc.constantFrom(...TYPES),
        fc.constantFrom(...NAMES),
        outputs,
    )
    .map(([component, type, name, found]) => {
        const types = `prometheus-write-secret:index:${component}$${type}`;
        const urn = `urn:pulumi:dev::prometheus-write-secret::${types}::${name}`;
        return [urn, { type, outputs: found }] as const;
    });

describe("parseRecorded", () => {
    it("takes whatever a refresh found, and remembers nothing that is nonsense", () => {
        fc.assert(
            fc.property(fc.array(resource, { maxLength: 8 }), (resources) => {
                const { senders, receivers, labels, kept, refused } = parseRecorded(resources);
                const all = [...Object.values(senders), ...Object.values(receivers)];
                for (const { current, accepted, revision } of all) {
                    assert.ok([current, ...accepted].every(isLabel));
                    assert.ok(Number.isSafeInteger(revision + 1) && revision >= 0);
                }
                assert.ok([...labels, ...kept, ...refused].every(isLabel));
            }),
            { numRuns: 2000 },
        );
    });
});
