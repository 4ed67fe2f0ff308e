import assert from "node:assert/strict";
import { generateIdentity } from "age-encryption";
import { parseSettings, usernameOf } from "../../settings/settings.ts";
import { KINDS } from "../support/kinds.ts";

const RECIPIENT = "age1nnkgvpmh8gm4w28gnhkde7w4tcgnje08nc8kw59z3c2sn0r66svslpecf9";

const receiver = {
    name: "vmauth",
    kind: "vmauth",
    namespace: "monitoring",
    url: "https://push.example/api/v1/write",
    upstream: "http://vminsert:8480",
};
const sender = {
    name: "prometheus",
    kind: "prometheus",
    namespace: "monitoring",
    configuration: "base.yml",
};
const configuration = {
    rotation: "2026-11-21",
    recipients: [RECIPIENT],
    mirror: { owner: "acme", repository: "credentials" },
    receivers: [receiver],
    senders: [sender],
};

const files: Readonly<Record<string, string>> = {
    "base.yml": "global: {}\n",
    "ca.pem": "-----BEGIN CERTIFICATE-----\n",
};

function parse(change: object = {}) {
    return parseSettings(
        { ...configuration, ...change },
        {
            stack: "prod",
            kinds: KINDS,
            readFile: (path) => {
                const text = files[path];
                if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
                return text;
            },
        },
    );
}

describe("parseSettings", () => {
    it("fills in what is left out", () => {
        assert.deepEqual(parse(), {
            rotation: "2026-11-21",
            usernames: "shared",
            length: 48,
            recipients: [RECIPIENT],
            projectionLimitSeconds: 300,
            retired: [],
            retireWithoutProof: false,
            disuseSeconds: 120,
            mirror: {
                owner: "acme",
                repository: "credentials",
                path: "prod.yaml.age",
                recordPath: "prod.rotation.json",
                branch: "main",
                create: true,
                format: "sealed",
            },
            receivers: [
                {
                    ...receiver,
                    secret: "vmauth-auth",
                    probeUrls: [receiver.url],
                    connections: 3,
                },
            ],
            senders: [
                {
                    name: "prometheus",
                    kind: "prometheus",
                    namespace: "monitoring",
                    secret: "prometheus-write-credential",
                    configMap: "prometheus-configuration",
                    configuration: { path: "base.yml", text: "global: {}\n" },
                    credentialsFile: "/etc/prometheus/write-credential/token",
                    receiver: "vmauth",
                },
            ],
            hosts: [],
        });
    });

    for (const rotation of ["2026", "2026-11-21", "a", "v1.2_3-x", "A".repeat(40)]) {
        it(`takes the label ${rotation}`, () => {
            assert.equal(parse({ rotation }).rotation, rotation);
        });
    }

    for (const rotation of [
        "",
        "-a",
        "a-",
        "a b",
        "a/b",
        "a,b",
        "A".repeat(41),
        "2026-11-21 00:00:00 +0000 UTC",
    ]) {
        it(`refuses the label ${JSON.stringify(rotation)}`, () => {
            assert.throws(
                () => parse({ rotation }),
                /^Error: rotation: must be 1 to 40 letters and digits/,
            );
        });
    }

    const twice = [receiver, { ...receiver, secret: "other" }];
    const refusals: readonly (readonly [string, object, RegExp])[] = [
        ["an unknown key", { recipient: [] }, /^recipient is no configuration key/],
        [
            "an unknown key in a list",
            { receivers: [{ ...receiver, uri: "x" }] },
            /^receivers\[0\]\.uri is no configuration key/,
        ],
        ["a missing key", { mirror: undefined }, /^mirror must be set \(object\)/],
        [
            "a missing key in a list",
            { receivers: [{ ...receiver, url: undefined }] },
            /^receivers\[0\]\.url must be/,
        ],
        [
            "a kind it does not know",
            { receivers: [{ ...receiver, kind: "x" }] },
            /^receivers\[0\]\.kind must be one of: vmauth, /,
        ],
        ["a length too short", { length: 31 }, /^length: .*32/],
        ["a length too long", { length: 73 }, /^length: .*72/],
        ["no recipient", { recipients: [] }, /^recipients: must name one/],
        ["what is no recipient", { recipients: ["age1x"] }, /^recipients\[0\]: .*age1x/],
        [
            "a format it does not know",
            { mirror: { ...configuration.mirror, format: "zip" } },
            /^mirror\.format: must be "sealed" or "sops"$/,
        ],
        [
            "a file of SOPS that sops would take for another format",
            { mirror: { ...configuration.mirror, format: "sops", path: "prod.age" } },
            /^mirror\.path must end in \.yaml, by which sops knows the format, got prod\.age$/,
        ],
        ["no receiver", { receivers: [] }, /^receivers: must list one/],
        ["no sender", { senders: [] }, /^senders: must list one/],
        [
            "a URL that is none",
            { receivers: [{ ...receiver, url: "push" }] },
            /^receivers\[0\]\.url: must be an http/,
        ],
        [
            "a URL with a password, without repeating it",
            { receivers: [{ ...receiver, url: "http://u:hunter2@host/w" }] },
            /^receivers\[0\]\.url: must not hold a user or password/,
        ],
        ["two receivers of one name", { receivers: twice }, /^receivers\[1\]\.name must be unique/],
        ["a text for a number", { length: "abc" }, /^length: .*expected number, received string/],
        [
            "a text for a list",
            { receivers: "east" },
            /^receivers: .*expected array, received string/,
        ],
        [
            "a text for yes or no",
            { mirror: { ...configuration.mirror, create: "yes" } },
            /^mirror\.create: .*boolean/,
        ],
        [
            "a sender without its receiver",
            { senders: [{ ...sender, receiver: "nginx" }] },
            /^senders\[0\]\.receiver must be one of receivers \(vmauth\), got "nginx"/,
        ],
        [
            "a configuration that cannot be read",
            { senders: [{ ...sender, configuration: "none.yml" }] },
            /^senders\[0\]\.configuration: none\.yml: ENOENT/,
        ],
        [
            "a path out of the repository",
            { mirror: { ...configuration.mirror, path: "a/../../b" } },
            /^mirror\.path: must be a path inside/,
        ],
    ];
    for (const [what, change, message] of refusals) {
        it(`refuses ${what}`, () => {
            assert.throws(
                () => parse(change),
                (error: Error) =>
                    message.test(error.message) &&
                    !error.message.includes("hunter2") &&
                    !error.message.includes("\n"),
            );
        });
    }

    it("keeps the record beside the sealed file", () => {
        const { recordPath } = parse({
            mirror: { ...configuration.mirror, path: "edge/file.age" },
        }).mirror;
        assert.equal(recordPath, "edge/prod.rotation.json");
    });

    it("takes any password for adopted where there is a username, but one of several lines", () => {
        const adopted = { label: "old", value: "correct horse: Ünïcode" };
        const { username, receivers } = parse({ username: "edge", adopted });
        assert.equal(username, "edge");
        assert.deepEqual(
            receivers.map((receiver) => receiver.username),
            ["edge"],
        );
        assert.throws(
            () => parse({ username: "edge", adopted: { label: "old", value: "two\nlines" } }),
            /^Error: adopted\.value: must be one line without control characters$/,
        );
        assert.throws(() => parse({ username: "a:b" }), /^Error: username: must be a username/);
    });

    it("refuses an adopted value no header can hold, without repeating it", () => {
        assert.throws(
            () => parse({ adopted: { label: "old", value: "hunter2 hunter2" } }),
            /^Error: adopted\.value: must be a bearer token \([^"]*$/,
        );
    });

    describe("of plain http", () => {
        const urls = (change: object) => ({ receivers: [{ ...receiver, ...change }] });
        const given = {
            url: { url: "http://vmauth.monitoring.svc:8427/w" },
            "probeUrls[1]": {
                probeUrls: ["http://127.0.0.1:1/w", "http://vmauth.monitoring.svc:8427/w"],
            },
            "metricsUrls[0]": { metricsUrls: ["http://vmauth.monitoring.svc:8427/metrics"] },
            queryUrl: { queryUrl: "HTTP://vmauth.monitoring.svc:8427/api/v1/query" },
        };
        for (const [key, change] of Object.entries(given)) {
            it(`refuses it as ${key}, unless it is allowed by name`, () => {
                assert.throws(() => parse(urls(change)), {
                    message:
                        `receivers[0].${key} is plain http: the credential, and what proves it, could be read and changed on ` +
                        "the way to vmauth.monitoring.svc:8427; give an https URL, or set receivers[0].allowHttp to true",
                });
                const [allowed] = parse(urls({ ...change, allowHttp: true })).receivers;
                assert.deepEqual({ ...allowed, ...change }, allowed);
            });
        }

        for (const host of ["127.0.0.1", "127.9.9.9:1", "[::1]:80", "localhost", "a.localhost"]) {
            it(`takes it to ${host}`, () => {
                assert.equal(
                    parse(urls({ url: `http://${host}/w` })).receivers[0]?.url,
                    `http://${host}/w`,
                );
            });
        }

        for (const host of ["127.0.0.1.example", "localhost.example", "10.0.0.1", "[::2]"]) {
            it(`refuses it to ${host}`, () => {
                assert.throws(() => parse(urls({ url: `http://${host}/w` })), /url is plain http/);
            });
        }
    });

    it("reads the authorities of a receiver", () => {
        const [read] = parse({ receivers: [{ ...receiver, caFile: "ca.pem" }] }).receivers;
        assert.equal(read?.authorities, files["ca.pem"]);
        assert.throws(() => parse({ receivers: [{ ...receiver, caFile: "base.yml" }] }), {
            message: "receivers[0].caFile: base.yml: must hold certificates in PEM",
        });
        assert.throws(
            () => parse({ receivers: [{ ...receiver, caFile: "absent.pem" }] }),
            /^Error: receivers\[0\]\.caFile: absent\.pem: ENOENT/,
        );
    });

    it("refuses an emergency without a reason", () => {
        assert.throws(
            () => parse({ emergency: { leaked: "a", reason: " " } }),
            /emergency\.reason: must say why/,
        );
    });

    it("refuses a private key as recipient, without repeating it", async () => {
        const identity = await generateIdentity();
        assert.throws(
            () => parse({ recipients: [identity] }),
            (error: Error) =>
                /private key/.test(error.message) && !error.message.includes(identity),
        );
    });
});

describe("usernameOf", () => {
    const own = { usernames: "generation", adopted: { label: "by-hand" } } as const;

    it("is one a generation, but for what is adopted, which keeps its own", () => {
        const labels = ["2027", "by-hand"];
        assert.deepEqual(
            labels.map((label) => usernameOf({ ...own, username: "rw" }, label)),
            ["rw-2027", "rw"],
        );
        assert.deepEqual(
            labels.map((label) => usernameOf(own, label)),
            ["prometheus-2027", "prometheus"],
        );
    });

    it("is none where all share one", () => {
        assert.equal(usernameOf({ ...own, usernames: "shared" }, "2027"), undefined);
    });
});

describe("a receiver of kind external", () => {
    const external = { name: "cloud", kind: "external", url: "https://cloud.example/push" };

    it("has no Secret, a username of its own, and a longer limit", () => {
        const receivers = [receiver, { ...external, username: "1234567" }];
        const [, cloud] = parse({ username: "edge", receivers }).receivers;
        assert.deepEqual(cloud, {
            ...external,
            username: "1234567",
            probeUrls: [external.url],
            connections: 3,
            projectionLimitSeconds: 900,
        });
    });

    it("has the stack's username unless told otherwise", () => {
        assert.equal(
            parse({ username: "edge", receivers: [external] }).receivers[0]?.username,
            "edge",
        );
    });

    it("takes a password where it has a username, and a bearer token alone where it has none", () => {
        const adopted = { label: "by-hand", value: "pass word" };
        const receivers = [{ ...external, username: "1234567" }];
        assert.deepEqual(parse({ adopted, receivers }).adopted, adopted);
        assert.throws(
            () => parse({ adopted, receivers: [receiver, ...receivers] }),
            /^Error: adopted\.value: must be a bearer token/,
        );
    });

    const refused: readonly (readonly [string, object, RegExp])[] = [
        ["what only a Secret needs", { namespace: "a" }, /receivers\[0\]\.namespace/],
        ["counters, as it has none of ours", { metricsUrls: ["https://a/"] }, /metricsUrls/],
    ];
    for (const [what, change, message] of refused) {
        it(`refuses ${what}`, () => {
            assert.throws(() => parse({ receivers: [{ ...external, ...change }] }), message);
        });
    }

    const minting = {
        ...external,
        mint: {
            grafanaCloud: {
                region: "prod-eu-west-2",
                accessPolicyId: "11111111-2222-4333-8444-555555555555",
            },
        },
    };

    it("takes what a vendor is told that mints", () => {
        assert.deepEqual(parse({ receivers: [minting] }).receivers[0]?.mint, minting.mint);
    });

    const refusedMints: readonly (readonly [string, object, string])[] = [
        [
            "no vendor",
            { receivers: [{ ...external, mint: {} }] },
            "receivers[0].mint: must name one vendor: grafanaCloud",
        ],
        [
            "a vendor it does not know",
            { receivers: [{ ...external, mint: { other: {} } }] },
            "receivers[0].mint.other is no configuration key: docs/configuration.md lists them all",
        ],
        [
            "no policy",
            { receivers: [{ ...external, mint: { grafanaCloud: { region: "eu" } } }] },
            "receivers[0].mint.grafanaCloud.accessPolicyId must be set (string)",
        ],
        [
            "to mint for what it writes a Secret for",
            { receivers: [{ ...receiver, mint: minting.mint }] },
            "receivers[0].mint is no configuration key: docs/configuration.md lists them all",
        ],
    ];
    for (const [what, change, message] of refusedMints) {
        it(`refuses ${what}`, () => {
            assert.throws(() => parse(change), { message });
        });
    }

    it("refuses to stand beside one that needs a username a generation", () => {
        const htpasswd = { name: "gate", kind: "htpasswd", namespace: "a", url: external.url };
        assert.throws(() => parse({ receivers: [htpasswd, external] }), {
            message:
                "receivers[1] is external, so the username of cloud stays, while another receiver needs one a generation: " +
                "give it a stack of its own",
        });
    });
});

describe("a sender of kind host", () => {
    const host = { name: "edge", kind: "host" };

    it("is none that a Secret is written for, and may be the only one", () => {
        const { hosts, senders } = parse({ senders: [host] });
        assert.deepEqual([hosts, senders], [[{ ...host, receiver: "vmauth" }], []]);
    });

    it("has no place, and shares its name with nobody", () => {
        assert.throws(() => parse({ senders: [{ ...host, namespace: "a" }] }), {
            message: /^senders\[0\]\.namespace is no configuration key/,
        });
        assert.throws(() => parse({ senders: [sender, { ...host, name: sender.name }] }), {
            message: 'senders[1].name must be unique, got "prometheus" as in senders[0]',
        });
    });
});
