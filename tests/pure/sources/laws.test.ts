// Whatever a configuration looks like, the credential in it is found and never told. Does not prove it of pulumi, nor of the
// command line: tests/engine/extract.test.ts does.
import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { choose } from "../../../lib/sources/choose.ts";
import type { Found } from "../../../lib/sources/source.ts";
import { environment } from "../../../lib/sources/environment.ts";
import { prometheus } from "../../../lib/sources/prometheus.ts";
import { pretend, told } from "./machine.ts";

/** A credential that nothing else can hold by chance, with what needs quoting in one format or another. */
const secret = fc.stringMatching(/^[A-Za-z0-9]{12}[ -~]{0,10}[A-Za-z0-9]{12}$/).filter(
    // What looks like a variable is not taken for a value.
    (text) => !/[$%]\{|\$\(|\{\{/.test(text),
);

type Write = (secret: string) => readonly [path: string, text: string];

const quote = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;

const WRITERS: Readonly<Record<string, Write>> = {
    "prometheus.yml, inline": (value) => {
        const client = { url: "https://a", basic_auth: { username: "u", password: value } };
        return ["/p.yml", stringify({ global: {}, remote_write: [client] })];
    },
    "a collector's extension": (value) => [
        "/c.yaml",
        stringify({
            exporters: { prometheusremotewrite: { auth: { authenticator: "basicauth" } } },
            extensions: {
                basicauth: {
                    client_auth: { username: "u", password: value.replaceAll("$", "$$$$") },
                },
            },
        }),
    ],
    Alloy: (value) => [
        "/a.alloy",
        `prometheus.remote_write "d" {\n  endpoint {\n    basic_auth {\n      username = "u"\n      password = ${quote(value)}\n    }\n  }\n}\n`,
    ],
    "vmagent in a unit": (value) => {
        const flag = quote(`'${value.replace(/[\\']/g, "\\$&")}'`).replace(/[$%]/g, "$&$&");
        const user = "-remoteWrite.basicAuth.username=u";
        return [
            "/v.service",
            `[Service]\nExecStart=/vmagent ${user} -remoteWrite.basicAuth.password=${flag}\n`,
        ];
    },
};

function find(path: string, text: string): readonly Found[] {
    return prometheus.find([path], {}, pretend({ [path]: text })) as readonly Found[];
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

describe("every format of a sender", () => {
    for (const [name, write] of Object.entries(WRITERS)) {
        it(`gives back the credential of ${name}, and tells all but that`, () => {
            fc.assert(
                fc.property(secret, (value) => {
                    const found = find(...write(value));
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

        it(`never tells the credential of ${name}, however broken`, () => {
            const cut = fc.tuple(
                fc.nat(400),
                fc.nat(12),
                fc.stringMatching(/^[[\]{}"'\n:&*%!|]{0,4}$/),
            );
            fc.assert(
                fc.property(
                    fc.stringMatching(/^[A-Za-z0-9]{32}$/),
                    cut,
                    (value, [at, drop, put]) => {
                        const [path, text] = write(value);
                        const broken = text.slice(0, at) + put + text.slice(at + drop);
                        let output = "";
                        output += thrown(() => (output += told(find(path, broken))));
                        assert.ok(!output.includes(value), "it is told");
                    },
                ),
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
                    (found as readonly Found[]).map((one) => one.value),
                    [value],
                );
                assert.ok(!told(found as readonly Found[]).includes(value));
            }),
        );
    });
});
