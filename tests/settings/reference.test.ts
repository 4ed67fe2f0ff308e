import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { referenceFiles } from "../../commands/reference/files.ts";

interface Configuration {
    readonly config: Readonly<Record<string, unknown>>;
}

const OWN = "prometheus-write-secret:";
const RECIPIENT = "age1nnkgvpmh8gm4w28gnhkde7w4tcgnje08nc8kw59z3c2sn0r66svslpecf9";

function read(path: string): unknown {
    return parse(readFileSync(path, "utf8"));
}

/** The sandbox's own configuration, with the recipient that the sandbox fills in. */
const { config } = read("Pulumi.dev.yaml") as Configuration;
const filledIn = { ...config, [`${OWN}recipients`]: [RECIPIENT] };

/** What the schema refuses in the configuration with a change; empty where it takes it. */
function faults(change: object): readonly string[] {
    const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
    const validate = ajv.compile(read("docs/Pulumi.stack.schema.json") as object);
    validate({ encryptionsalt: "v1:", config: { ...filledIn, ...change } });
    return (validate.errors ?? []).map(({ instancePath, message = "", params }) => {
        const { additionalProperty = "" } = params as { additionalProperty?: string };
        return `${instancePath} ${message} ${additionalProperty}`.trim();
    });
}

describe("npm run reference", () => {
    it("wrote what stands in docs/", async () => {
        for (const [path, text] of await referenceFiles()) {
            assert.equal(readFileSync(path, "utf8"), text, `${path} is stale: npm run reference`);
        }
    });

    it("knows the keys that Pulumi.yaml declares", () => {
        const { properties } = read("docs/Pulumi.stack.schema.json") as {
            properties: { config: { properties: object } };
        };
        const declared = read("Pulumi.yaml") as Configuration;
        assert.deepEqual(
            Object.keys(properties.config.properties),
            Object.keys(declared.config).map((key) => OWN + key),
        );
    });
});

describe("the schema of a stack's file", () => {
    it("takes the sandbox's", () => {
        assert.deepEqual(faults({}), []);
    });

    it("takes other namespaces, and what pulumi config set writes as text", () => {
        const length = { [`${OWN}length`]: "64", [`${OWN}retireWithoutProof`]: "true" };
        assert.deepEqual(faults({ "kubernetes:context": "prod", ...length }), []);
    });

    it("refuses a key that is none, in the namespace and inside a value", () => {
        const [receiver] = config[`${OWN}receivers`] as object[];
        const receivers = [{ ...receiver, probeUrl: "http://127.0.0.1/" }];
        const found = faults({ [`${OWN}rotaton`]: "a", [`${OWN}receivers`]: receivers });
        // And what else would be wrong with it if it were of another kind
        for (const fault of [
            "/config must NOT have additional properties prometheus-write-secret:rotaton",
            "/config/prometheus-write-secret:receivers/0 must NOT have additional properties probeUrl",
            "/config/prometheus-write-secret:receivers/0 must match exactly one schema in oneOf",
        ]) {
            assert.ok(found.includes(fault), fault);
        }
    });

    it("takes a secret that is encrypted, and refuses it in plain text", () => {
        const adopted = (value: unknown) => ({ [`${OWN}adopted`]: { label: "by-hand", value } });
        assert.deepEqual(faults(adopted({ secure: "v1:abc" })), []);
        assert.deepEqual(faults(adopted("hunter2")), [
            "/config/prometheus-write-secret:adopted/value must be object",
        ]);
    });

    it("takes a mirror on GitHub and one elsewhere, and refuses both in one", () => {
        const mirror = (value: object) => ({ [`${OWN}mirror`]: value });
        const remote = "https://gitlab.com/group/credentials.git";
        const elsewhere = { remote, token: { secure: "v1:abc" } };
        const gitHub = { owner: "acme", repository: "credentials", create: false };
        assert.deepEqual(faults(mirror(gitHub)), []);
        assert.deepEqual(faults(mirror(elsewhere)), []);
        assert.notDeepEqual(faults(mirror({ ...gitHub, ...elsewhere })), []);
    });

    it("refuses a password in a URL", () => {
        const [receiver] = config[`${OWN}receivers`] as object[];
        const receivers = [{ ...receiver, url: "https://push:pass@push.example/api/v1/write" }];
        assert.notDeepEqual(faults({ [`${OWN}receivers`]: receivers }), []);
    });
});
