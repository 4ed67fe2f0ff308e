import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { deriveSigningKey, renderVerificationKey } from "../../mirror/signingKey.ts";
import { known, passwordOf } from "../support/mocks.ts";
import type { Registered } from "../support/registered.ts";
import {
    BRANCH,
    FILE,
    LABELS,
    PASSWORD,
    RECORD,
    RECORD_KEY,
    RECORD_STASH,
    REPOSITORY,
    RULESET,
    SECRET,
    SIGNATURE,
    STASH,
    Stack,
    annotationsOf,
    find,
    type Update,
} from "../support/mockStack.ts";

/** All that is asked for but the passwords, sorted. */
const FLEET = [
    BRANCH,
    REPOSITORY,
    FILE,
    RECORD,
    SIGNATURE,
    RULESET,
    "kubernetes:core/v1:ConfigMap agent-configuration",
    "kubernetes:core/v1:ConfigMap prometheus-configuration",
    `${SECRET} agent`,
    `${SECRET} east`,
    `${SECRET} prometheus`,
    `${SECRET} west`,
    "prometheus-write-secret:index:CredentialMirror mirror",
    "prometheus-write-secret:index:MirrorRepository mirror-repository",
    "prometheus-write-secret:index:Receiver east",
    "prometheus-write-secret:index:Receiver west",
    "prometheus-write-secret:index:RotationRecord record",
    "prometheus-write-secret:index:Sender agent",
    "prometheus-write-secret:index:Sender prometheus",
    "prometheus-write-secret:index:WriteCredential write",
    STASH,
    RECORD_STASH,
    LABELS,
    "pulumi:providers:kubernetes cluster",
    RECORD_KEY,
];

const VERIFICATION_KEY = renderVerificationKey(
    deriveSigningKey(passwordOf("record-key")),
    "prometheus-write-secret/dev",
);

function idsOf({ resources }: Update): readonly string[] {
    return resources.map(({ id }) => id);
}

function triggerOf(made: Update): unknown {
    return find(made, STASH).options.replacementTrigger;
}

/**
 * What is asked for, but sealed text and record: others each time, of which the engine keeps the
 * first.
 */
function describeResources({ resources }: Update): readonly Registered[] {
    return resources
        .map(({ inputs, ...rest }) => {
            const kept = [STASH, FILE, RECORD_STASH, RECORD, SIGNATURE].includes(rest.id);
            return { ...rest, inputs: kept ? {} : inputs };
        })
        .sort((a, b) => a.id.localeCompare(b.id));
}

describe("index.ts", () => {
    const stack = new Stack();
    let first: Update, rotated: Update, steady: Update, back: Update, next: Update;

    before(async () => {
        await stack.start();
        first = await stack.update("q1");
        rotated = await stack.update("q2", first);
        steady = await stack.update("q2", rotated);
        back = await stack.update("q1", steady);
        stack.receiver.rates = { q1: 0, q2: 9 };
        const receivers = ["east", "west"].map((name) => stack.countingReceiver(name));
        next = await stack.update("q3", steady, { receivers, disuseSeconds: 1 });
    });
    after(() => stack.stop());

    it("makes one password, the mirror, receivers and senders at first", () => {
        assert.deepEqual([...idsOf(first)].sort(), [...FLEET, `${PASSWORD}-q1`]);
    });

    it("makes a second password in a rotation, and nothing else", () => {
        const both = [...FLEET, `${PASSWORD}-q1`, `${PASSWORD}-q2`];
        assert.deepEqual([...idsOf(rotated)].sort(), both);
    });

    it("asks for the same again in an update that rotates nothing", () => {
        const unlabelled = [
            "metadata.labels",
            'metadata.annotations["reloader.stakater.com/ignore"]',
        ];
        const expected = describeResources(rotated).map((one) =>
            one.id.startsWith(`${SECRET} `)
                ? { ...one, options: { ...one.options, ignoreChanges: unlabelled } }
                : one,
        );
        assert.deepEqual(describeResources(steady), expected);
    });

    it("goes back to a password it has", () => {
        assert.deepEqual([...idsOf(back)].sort(), [...idsOf(rotated)].sort());
        for (const id of [`${PASSWORD}-q1`, `${PASSWORD}-q2`]) {
            assert.deepEqual(find(back, id), find(rotated, id));
        }
    });

    it("drops the oldest password in the rotation after, when nobody uses it", () => {
        const both = [...FLEET, `${PASSWORD}-q2`, `${PASSWORD}-q3`];
        assert.deepEqual([...idsOf(next)].sort(), both);
    });

    it("can be previewed before any password is known", async () => {
        const previewed = await stack.update("q1", undefined, {}, { preview: true });
        assert.deepEqual([...idsOf(previewed)].sort(), [...FLEET, `${PASSWORD}-q1`]);
    });

    it("writes the mirror before any receiver, and every receiver before any sender", () => {
        for (const made of [first, rotated, steady, back, next]) {
            const order = idsOf(made).filter((id) => id === FILE || id.startsWith(SECRET));
            assert.equal(order[0], FILE);
            assert.deepEqual(order.slice(1, 3).sort(), [`${SECRET} east`, `${SECRET} west`]);
            assert.deepEqual(order.slice(3).sort(), [`${SECRET} agent`, `${SECRET} prometheus`]);
        }
    });

    it("has receivers depend on the mirror and on what must not be forgotten, and senders on all receivers", () => {
        const dependencies = (name: string): unknown =>
            find(rotated, `prometheus-write-secret:index:${name}`).options.dependencies;
        const mirror = [BRANCH, REPOSITORY, FILE, RULESET, STASH];
        const credential = [LABELS, `${PASSWORD}-q1`, `${PASSWORD}-q2`];
        assert.deepEqual(dependencies("Receiver east"), [...mirror, ...credential]);
        assert.deepEqual(dependencies("Receiver west"), [...mirror, ...credential]);
        const receivers = [`${SECRET} east`, `${SECRET} west`];
        assert.deepEqual(dependencies("Sender agent"), receivers);
        assert.deepEqual(dependencies("Sender prometheus"), receivers);
    });

    it("changes Secrets and ConfigMaps in place", () => {
        const { inputs, options } = find(first, "pulumi:providers:kubernetes cluster");
        const kubeconfig = process.env.KUBECONFIG; // its path, as the SDK puts it in
        const mutable = { enableSecretMutable: "true", enableConfigMapMutable: "true" };
        const clusterIdentifier = stack.cluster.identity;
        assert.deepEqual(inputs, { kubeconfig, clusterIdentifier, ...mutable });
        assert.deepEqual(options, {});
        const own = first.resources.filter(({ id }) => id.startsWith("kubernetes:"));
        assert.equal(own.length, 6);
        for (const { options } of own) {
            assert.equal(options.provider, "pulumi:providers:kubernetes cluster");
        }
    });

    it("annotates each Secret with what is accepted, the current first, and the revision", () => {
        const names = ["east", "west", "agent", "prometheus"];
        assert.deepEqual(
            [first, rotated, steady, back, next].map((made) =>
                names.map((name) => annotationsOf(made, name)),
            ),
            ["q1 1", "q2,q1 2", "q2,q1 2", "q1,q2 3", "q3,q2 3"].map((text) =>
                Array<string>(4).fill(text),
            ),
        );
    });

    it("keeps the senders' configuration through a rotation", () => {
        for (const name of ["agent", "prometheus"]) {
            const id = `kubernetes:core/v1:ConfigMap ${name}-configuration`;
            assert.deepEqual(find(rotated, id), find(first, id));
        }
    });

    it("guards receivers' Secrets, and holds back senders and the record, by hooks of their own", () => {
        const hooked = rotated.resources.filter(({ options }) => options.hooks);
        const before = (hook: string) => ({ beforeCreate: [hook], beforeUpdate: [hook] });
        assert.deepEqual(Object.fromEntries(hooked.map(({ id, options }) => [id, options.hooks])), {
            [`${SECRET} east`]: before("guard-east"),
            [`${SECRET} west`]: before("guard-west"),
            ...Object.fromEntries(
                ["agent", "prometheus"].flatMap((name) => [
                    [`${SECRET} ${name}`, before(`gate-${name}`)],
                    [
                        `kubernetes:core/v1:ConfigMap ${name}-configuration`,
                        before(`gate-${name}-configuration`),
                    ],
                ]),
            ),
            [RECORD_STASH]: { beforeCreate: ["conclusion"] },
            // Hold nothing back, but say why it failed.
            [FILE]: { onError: ["missing Contents of vault"] },
            [RECORD]: { onError: ["missing Contents of vault"] },
            [SIGNATURE]: { onError: ["missing Contents of vault"] },
        });
    });

    it("commits with the generations in the message", () => {
        const { commitMessage, file } = find(rotated, FILE).inputs as Record<string, unknown>;
        assert.deepEqual(
            { commitMessage, file },
            { commitMessage: "Rotate dev to q2 (accepted: q2, q1)", file: "dev.yaml.age" },
        );
    });

    it("tells labels, names, where the mirror is, and what its records are verified with", async () => {
        const { url, paths } = rotated.result.mirrored;
        assert.deepEqual(Object.keys(rotated.result).sort(), [
            "mirrored",
            "rotation",
            "verificationKey",
        ]);
        assert.deepEqual(Object.keys(rotated.result.mirrored).sort(), ["paths", "url"]);
        assert.deepEqual(await known(pulumi.output(rotated.result.rotation)), {
            value: {
                current: "q2",
                accepted: ["q2", "q1"],
                senders: { agent: "q2", prometheus: "q2" },
            },
            secret: false,
        });
        assert.deepEqual(paths, ["dev.yaml.age"]);
        const value = "https://github.test/mirror-repository";
        assert.deepEqual(await known(url), { value, secret: false });
        assert.ok(rotated.result.verificationKey);
        const key = await known(rotated.result.verificationKey);
        assert.deepEqual(key, { value: VERIFICATION_KEY, secret: false });
    });

    it("makes passwords of the length configured", async () => {
        const made = await stack.update("q1", undefined, { length: 64 });
        const inputs = { keepers: { rotation: "q1" }, length: 64, special: false };
        assert.deepEqual(find(made, `${PASSWORD}-q1`).inputs, inputs);
    });

    it("seals anew in a rotation, and neither in the same update again nor in going back", () => {
        assert.notEqual(triggerOf(rotated), triggerOf(first));
        assert.equal(triggerOf(steady), triggerOf(rotated));
        assert.equal(triggerOf(back), triggerOf(rotated));
        assert.notEqual(triggerOf(next), triggerOf(rotated));
    });

    it("seals anew for another recipient", async () => {
        const recipients = [stack.recipient, await newRecipient()];
        const changed = await stack.update("q2", rotated, { recipients });
        assert.notEqual(triggerOf(changed), triggerOf(rotated));
    });

    it("lets a recipient go only with a new generation, as it can read the history", async () => {
        const recipients = [await newRecipient()];
        await assert.rejects(stack.update("q2", rotated, { recipients }), {
            message:
                `prometheus-write-secret:recipients no longer lists ${stack.recipient}, who can read q2 in the ` +
                "history of the mirror: set rotation to a new label in the same change",
        });
        await stack.update("q3", rotated, { recipients });
    });

    it("seals anew for another sender", async () => {
        const senders = ["agent", "prometheus", "third"].map((name) => stack.sender(name));
        const changed = await stack.update("q2", rotated, { senders });
        assert.notEqual(triggerOf(changed), triggerOf(rotated));
    });
});

async function newRecipient(): Promise<string> {
    return identityToRecipient(await generateX25519Identity());
}
