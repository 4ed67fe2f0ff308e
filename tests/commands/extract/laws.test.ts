// Whatever a configuration looks like, the credential in it is found and never told. Does not prove
// it of pulumi, nor of the command line: extract.engine.test.ts does.
import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { choose } from "../../../commands/extract/choose.ts";
import { createAnsible } from "../../../commands/extract/ansible.ts";
import { environment } from "../../../commands/extract/environmentFile.ts";
import { helm } from "../../../commands/extract/helmValues.ts";
import { createKubernetes } from "../../../commands/extract/kubernetesObjects.ts";
import { prometheus } from "../../../commands/extract/senderFile.ts";
import { pulumi } from "../../../commands/extract/pulumiState.ts";
import type { Candidate, Source } from "../../../commands/extract/place.ts";
import { findStandIn } from "../../../commands/extract/standIn.ts";
import { terraform } from "../../../commands/extract/terraformState.ts";
import { pretend, told } from "../../support/madeUpMachine.ts";

/**
 * A credential that nothing else can hold by chance, with what needs quoting in one format or
 * another.
 */
const secret = fc.stringMatching(/^[A-Za-z0-9]{12}[ -~]{0,10}[A-Za-z0-9]{12}$/).filter(
    // What looks like a variable is not taken for a value.
    (text) => findStandIn(text) === undefined,
);

/** A place that holds a credential of the user `u`. */
interface Case {
    readonly source: Source;
    /** What the source is given: the path of its file, as a rule. */
    readonly given: string;
    /** What that file holds. */
    readonly text: string;
}

type Write = (secret: string) => Case;

const login = (value: string) => ({ username: "u", password: value });
const inBase64 = (text: string) => Buffer.from(text).toString("base64");

const quote = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;

const SENDERS: Readonly<Record<string, (secret: string) => string>> = {
    "prometheus.yml, inline": (value) =>
        stringify({ global: {}, remote_write: [{ url: "https://a", basic_auth: login(value) }] }),
    "a collector's extension": (value) =>
        stringify({
            exporters: { prometheusremotewrite: { auth: { authenticator: "basicauth" } } },
            extensions: { basicauth: { client_auth: login(value.replaceAll("$", "$$$$")) } },
        }),
    Alloy: (value) =>
        `prometheus.remote_write "d" {\n  endpoint {\n    basic_auth {\n      username = "u"\n      password = ${quote(value)}\n    }\n  }\n}\n`,
    "vmagent in a unit": (value) => {
        const flag = quote(`'${value.replace(/[\\']/g, "\\$&")}'`).replace(/[$%]/g, "$&$&");
        const user = "-remoteWrite.basicAuth.username=u";
        return `[Service]\nExecStart=/vmagent ${user} -remoteWrite.basicAuth.password=${flag}\n`;
    },
};

const SIGNATURE = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** The text of a case is what `kubectl apply` left in an annotation. */
function createCluster(value: string, annotation: string): Source {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": annotation };
    const data = { username: inBase64("u"), password: inBase64(value) };
    const read = () => Promise.resolve({ metadata: { annotations }, data });
    return createKubernetes(() => Promise.resolve(read));
}

const STORES: Readonly<Record<string, Write>> = {
    "a Secret": (value) => {
        const text = JSON.stringify({ kind: "Secret", stringData: login(value) });
        return { source: createCluster(value, text), given: "a/b", text };
    },
    "Ansible's variables": (value) => ({
        source: createAnsible(() => Promise.resolve("")),
        given: "/vars.yml",
        text: stringify({ prometheus_remote_write: [{ url: "a", basic_auth: login(value) }] }),
    }),
    "a state of Terraform": (value) => {
        const instances = [{ attributes: { data: login(value) } }];
        const resources = [{ mode: "managed", type: "kubernetes_secret", name: "rw", instances }];
        const text = JSON.stringify({ version: 4, terraform_version: "1.9.8", resources });
        return { source: terraform, given: "/terraform.tfstate", text };
    },
    "an export of Pulumi": (value) => {
        const data = { username: inBase64("u"), password: inBase64(value) };
        const outputs = { data: { ...SIGNATURE, plaintext: JSON.stringify(data) } };
        const urn = "urn:pulumi:dev::p::kubernetes:core/v1:Secret::rw";
        const text = JSON.stringify({ deployment: { resources: [{ urn, outputs }] } });
        return { source: pulumi, given: "/export.json", text };
    },
    "values of Helm": (value) => ({
        source: helm,
        given: "/values.yaml",
        text: stringify({ server: { remoteWrite: [{ url: "a", basic_auth: login(value) }] } }),
    }),
};

const WRITERS: Readonly<Record<string, Write>> = {
    ...Object.fromEntries(
        Object.entries(SENDERS).map(([name, write]): [string, Write] => [
            name,
            (value) => ({ source: prometheus, given: "/sender.conf", text: write(value) }),
        ]),
    ),
    ...STORES,
};

async function find({ source, given, text }: Case): Promise<readonly Candidate[]> {
    return source.find([given], {}, pretend({ [given]: text }));
}

/** What an action throws; nothing when it does not. */
function thrown(action: () => unknown): string {
    try {
        action();
        return "";
    } catch (error) {
        return String(error);
    }
}

describe("every place", () => {
    for (const [name, write] of Object.entries(WRITERS)) {
        it(`gives back the credential of ${name}, and tells all but that`, async () => {
            await fc.assert(
                fc.asyncProperty(secret, async (value) => {
                    const found = await find(write(value));
                    assert.deepEqual(
                        found.map((one) => [one.kind, one.username, one.value]),
                        [["basic auth", "u", value]],
                    );
                    assert.ok(!told(found).includes(value));
                    assert.ok(!thrown(() => choose([...found, ...found], "9")).includes(value));
                    assert.equal(choose(found, undefined).value, value);
                }),
            );
        });

        it(`never tells the credential of ${name}, however broken`, async () => {
            const cut = fc.tuple(
                fc.nat(400),
                fc.nat(12),
                fc.stringMatching(/^[[\]{}"'\n:&*%!|]{0,4}$/),
            );
            const plain = fc.stringMatching(/^[A-Za-z0-9]{32}$/);
            await fc.assert(
                fc.asyncProperty(plain, cut, async (value, [at, drop, put]) => {
                    const whole = write(value);
                    const text = whole.text.slice(0, at) + put + whole.text.slice(at + drop);
                    const source = name === "a Secret" ? createCluster(value, text) : whole.source;
                    const broken = async () => told(await find({ ...whole, source, text }));
                    const output = await broken().catch(String);
                    assert.ok(!output.includes(value), "it is told");
                    assert.ok(!output.includes(inBase64(value).slice(0, 40)), "it is told");
                }),
                { numRuns: 500 },
            );
        });
    }
});

describe("environment variables", () => {
    it("give back the credential, and tell all but that", () => {
        fc.assert(
            fc.property(secret, fc.constantFrom("A_PASSWORD", "A_TOKEN"), (value, name) => {
                const found = environment.find(
                    [name],
                    {},
                    pretend({}, { A_USER: "u", [name]: value }),
                );
                assert.deepEqual(
                    (found as readonly Candidate[]).map((one) => one.value),
                    [value],
                );
                assert.ok(!told(found as readonly Candidate[]).includes(value));
            }),
        );
    });
});
