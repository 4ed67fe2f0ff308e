import assert from "node:assert/strict";
import { renderRecord, type RotationRecord } from "../../rotation/record.ts";
import { readFileSync } from "node:fs";
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { credentialAge } from "../../policy/credentialAge.ts";
import { credentialsInSecretsAlone } from "../../policy/credentialsInSecretsAlone.ts";
import { encryptedTransport } from "../../policy/encryptedTransport.ts";
import { passwords } from "../../policy/passwords.ts";
import { privateMirror } from "../../policy/privateMirror.ts";
import { recipients } from "../../policy/recipients.ts";
import { PASSWORD, REPOSITORY, type Resource, SECRET } from "../../policy/stackResources.ts";
import { formsOf } from "../../text/forms.ts";

const TOKEN = "S3cretS3cretS3cretS3cretS3cretS3";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const STASH = "pulumi:index:Stash";

const resource = (type: string, name: string, props: object): Resource => ({
    ...{ type, name, props },
    urn: `urn:pulumi:prod::write::${type}::${name}`,
});
const password = resource(PASSWORD, "write-2026-11-21", {
    length: 48,
    keepers: { rotation: "2026-11-21" },
    result: TOKEN,
});
const secret = resource(SECRET, "edge", {
    metadata: { namespace: "monitoring", name: "edge", annotations: { label: "2026-11-21" } },
    data: { token: Buffer.from(TOKEN).toString("base64") },
    stringData: { username: "somebody" },
});

/** A property that is known only after the update, as the engine has a policy see it. */
function unknown(props: object, ...names: readonly string[]): object {
    return new Proxy(props, {
        get: (target, name) => {
            if (names.includes(String(name))) throw new Error("UnknownValueError");
            return Reflect.get(target, name) as unknown;
        },
    });
}

/** What a policy says of resources, with what it is configured by. */
function judge(
    policy: StackValidationPolicy | ResourceValidationPolicy,
    resources: readonly Resource[],
    config: object = {},
): readonly string[] {
    const said: string[] = [];
    const report = (message: string) => void said.push(message);
    const properties = Object.entries(policy.configSchema?.properties ?? {});
    const defaults = Object.fromEntries(properties.map(([key, one]) => [key, one.default]));
    const getConfig = () => ({ ...defaults, ...config });
    if ("validateStack" in policy) {
        const asked = { resources, getConfig } as unknown;
        void policy.validateStack(asked as Parameters<typeof policy.validateStack>[0], report);
        return said;
    }
    const { validateResource } = policy;
    assert.ok(typeof validateResource === "function");
    for (const one of resources) {
        const asked = { ...one, getConfig } as unknown;
        void validateResource(asked as Parameters<typeof validateResource>[0], report);
    }
    return said;
}

const RECORD: RotationRecord = {
    ...{ format: 1, stack: "dev", generation: "a", previous: null, accepted: ["a"], retired: [] },
    ...{ revision: 0, finished: "2026-11-21T00:00:00Z", proven: [], senders: [] },
    ...{ by: "somebody", program: "0.1.0", sealedSha256: "" },
};

describe("policies", () => {
    const all = [
        ...[credentialsInSecretsAlone, privateMirror, passwords],
        ...[credentialAge, recipients, encryptedTransport],
    ];

    it("have names that docs/policy.md explains, with their levels", () => {
        const page = readFileSync("docs/policy.md", "utf8");
        for (const { name, enforcementLevel = "" } of all) {
            assert.match(page, new RegExp(`\\| \`${name}\` +\\| ${enforcementLevel} `), name);
        }
    });

    it("say nothing of what is not known before the update", () => {
        const resources = [
            resource(PASSWORD, "write", unknown({}, "result", "length")),
            resource(SECRET, "edge", unknown({}, "data", "stringData", "metadata")),
            resource(CONFIG_MAP, "edge", unknown({ data: {} }, "data")),
            resource(REPOSITORY, "mirror", unknown({}, "visibility", "name")),
            resource(STASH, "sealed", unknown({}, "output")),
        ];
        const said = all.flatMap((policy) => judge(policy, resources));
        assert.deepEqual(said, [
            "RandomPassword write has no keeper, so no rotation replaces it: give it keepers: { rotation: ... }",
        ]);
    });
});

describe("credentials-in-secrets-alone", () => {
    const judged = (...others: readonly Resource[]) =>
        judge(credentialsInSecretsAlone, [password, secret, ...others]);

    it("lets credentials be in passwords, in Secrets, and in Secrets Manager", () => {
        const type = "aws:secretsmanager/secretVersion:SecretVersion";
        assert.deepEqual(judged(resource(type, "edge", { secretString: TOKEN })), []);
    });

    it("lets one be in what it was minted as", () => {
        const type = "grafana:cloud/accessPolicyToken:AccessPolicyToken";
        assert.deepEqual(judged(resource(type, "write-a@edge", { token: TOKEN })), []);
    });

    for (const [form, name] of formsOf(TOKEN)) {
        it(`finds one in a ConfigMap as ${name}, and does not repeat it`, () => {
            const props = { metadata: { namespace: "a", name: "b" }, data: { file: `x${form}y` } };
            const said = judged(resource(CONFIG_MAP, "edge", props));
            assert.equal(said.length, 1);
            assert.match(
                said[0] ?? "",
                /^ConfigMap a\/b holds .*, in data\.file: whoever can read/,
            );
            assert.ok(!said[0]?.includes(form));
        });
    }

    it("finds one in an argument of a container, and in an annotation of a Secret", () => {
        const args = [`--remoteWrite.bearerToken=${TOKEN}`];
        const template = { spec: { containers: [{ name: "vmagent", args }] } };
        const deployment = resource("kubernetes:apps/v1:Deployment", "vmagent", {
            spec: { template },
        });
        const annotation = "kubectl.kubernetes.io/last-applied-configuration";
        const applied = resource(SECRET, "other", {
            metadata: { name: "other", annotations: { [annotation]: `{"token":"${TOKEN}"}` } },
            data: {},
        });
        const next =
            "whoever can read that has the credential. Have it read from a Secret, and rotate: npm run rotate";
        assert.deepEqual(judged(deployment, applied), [
            `Deployment vmagent holds RandomPassword write-2026-11-21, as plain text, in spec.template.spec.containers.0.args.0: ${next}`,
            `Secret other holds RandomPassword write-2026-11-21, as plain text, in metadata.annotations.${annotation}: ${next}`,
        ]);
    });

    it("knows what was made by hand by the Secret it is in", () => {
        const known = { ...secret, props: { stringData: { token: `${TOKEN}9` } } };
        const found = resource("github:index/repositoryFile:RepositoryFile", "leak", {
            content: `token: ${TOKEN}9`,
        });
        const [said = ""] = judge(credentialsInSecretsAlone, [known, found]);
        assert.match(
            said,
            /^RepositoryFile leak holds token of Secret edge, as plain text, in content:/,
        );
    });
});

describe("mirror-is-private", () => {
    const judged = (props: object) => judge(privateMirror, [resource(REPOSITORY, "mirror", props)]);

    it("lets a private repository pass", () => {
        assert.deepEqual(
            judged({ name: "credentials", visibility: "private", archived: false }),
            [],
        );
    });

    for (const visibility of ["public", "internal"]) {
        it(`refuses one that is ${visibility}`, () => {
            assert.deepEqual(judged({ name: "credentials", visibility }), [
                `repository credentials is ${visibility}: make it private (its Settings, Danger Zone), and rotate, as its ` +
                    "history has been read: npm run rotate",
            ]);
        });
    }

    it("refuses one that is archived", () => {
        assert.deepEqual(judged({ name: "credentials", visibility: "private", archived: true }), [
            "repository credentials is archived, so nothing can be sealed into it: unarchive it (its Settings, Danger Zone)",
        ]);
    });
});

describe("passwords-are-long-and-rotated", () => {
    const judged = (props: object, config?: object) =>
        judge(passwords, [resource(PASSWORD, "write", props)], config);

    it("lets 32 letters and digits with a keeper pass, or what is configured", () => {
        assert.deepEqual(judged({ length: 32, keepers: { rotation: "a" } }), []);
        assert.deepEqual(judged({ length: 20, keepers: { rotation: "a" } }, { length: 20 }), []);
    });

    it("refuses a shorter one, and one without a keeper", () => {
        assert.deepEqual(judged({ length: 31, keepers: {} }), [
            "RandomPassword write has 31 letters and digits, 32 are wanted: take the setting length out, and rotate: " +
                "npm run rotate",
            "RandomPassword write has no keeper, so no rotation replaces it: give it keepers: { rotation: ... }",
        ]);
    });
});

describe("credential-age", () => {
    const judged = (days: number, config?: object) => {
        const since = new Date(Date.now() - days * 86_400_000).toISOString();
        const content = renderRecord({ ...RECORD, since: { a: since }, finished: since });
        const props = { output: { content, message: "" } };
        return judge(credentialAge, [resource(STASH, "record-stash", props)], config);
    };

    it("lets a younger one pass, and a stack without a record", () => {
        assert.deepEqual(judged(89), []);
        assert.deepEqual(judge(credentialAge, [password]), []);
    });

    it("warns of an older one, by the age that is configured", () => {
        assert.match(
            judged(91).join(),
            /^the credential a is of 20.*Z, older than 90 days: npm run rotate$/,
        );
        assert.match(judged(31, { days: 30 }).join(), /older than 30 days/);
        assert.deepEqual(judged(91, { days: 120 }), []);
    });
});

describe("mirror-has-a-recovery-key", () => {
    const judged = (readers: readonly string[], config?: object) => {
        const props = { output: { files: {}, message: "", recipients: readers } };
        return judge(recipients, [resource(STASH, "mirror-sealed", props)], config);
    };

    it("lets two recipients pass, or as many as are configured", () => {
        assert.deepEqual(judged(["age1a", "age1b"]), []);
        assert.deepEqual(judged(["age1a"], { recipients: 1 }), []);
    });

    it("refuses fewer", () => {
        assert.match(judged(["age1a"]).join(), /^the mirror is sealed for 1 of the 2 recipients/);
    });
});

describe("receivers-by-https", () => {
    const proven = (url: string) => {
        const at = "2026-11-21T00:00:00Z";
        const proven = [{ receiver: "central", url, how: "probe", at }] as const;
        const content = renderRecord({ ...RECORD, proven });
        return resource(STASH, "record-stash", { output: { content } });
    };
    const configured = (url: string) =>
        resource(CONFIG_MAP, "edge", {
            data: { "prometheus.yml": `remote_write:\n    - url: ${url}\n` },
        });
    const operated = (url: string) =>
        resource("kubernetes:monitoring.coreos.com/v1:Prometheus", "k8s", {
            metadata: { namespace: "monitoring", name: "k8s" },
            spec: { remoteWrite: [{ url }] },
        });

    it("lets https pass, and http on loopback", () => {
        for (const url of ["https://push.example.com/", "http://127.0.0.1:8427/api/v1/write"]) {
            const resources = [proven(url), configured(url), operated(url)];
            assert.deepEqual(judge(encryptedTransport, resources), []);
        }
    });

    it("refuses http to anywhere else: receivers, configurations, an operator's resources", () => {
        const url = "http://push.example.com/api/v1/write";
        const resources = [proven(url), configured(url), operated(url)];
        assert.deepEqual(judge(encryptedTransport, resources), [
            `receiver central is reached by ${url}: have it answer over TLS, set its url, and take out allowHttp`,
            `ConfigMap edge pushes to ${url}: have the receiver answer over TLS, and set its url`,
            `Prometheus monitoring/k8s pushes to ${url}: have the receiver answer over TLS, and set its url`,
        ]);
    });
});
