import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Decrypter, armor } from "age-encryption";
import { parseAllDocuments } from "yaml";
import { hashOf, known, leaks, passwordOf, secret } from "../mocks.ts";
import { FILE, PASSWORD, SECRET, STASH, Stack, find, type Update } from "./stack.ts";

/** What each Secret must hold when 2027 is current and 2026 is accepted too, by the Secret's name. */
const HELD = {
    "agent-write-credential": { token: passwordOf("write-2027") },
    "prometheus-write-credential": { token: passwordOf("write-2027") },
    "east-auth": { "auth.yml": `users:\n${renderUser("2027")}${renderUser("2026")}` },
    "west-auth": { "auth.yml": `users:\n${renderUser("2027")}${renderUser("2026")}` },
};

function renderUser(label: string): string {
    return [
        `  - name: "${label}"`,
        `    bearer_token: ${passwordOf(`write-${label}`)}`,
        "    url_map:",
        "      - src_paths:",
        "          - /api/v1/write",
        "        url_prefix: http://store:8480\n",
    ].join("\n");
}

/** The files of the Secrets a manifest restores, by name. */
function parseManifest(manifest: string): object {
    const documents = parseAllDocuments(manifest).map(
        (document) => document.toJS() as { metadata: { name: string }; stringData: object },
    );
    return Object.fromEntries(documents.map((made) => [made.metadata.name, made.stringData]));
}

describe("index.ts, of secrets", () => {
    const stack = new Stack();
    const names = ["write-2026", "write-2027", "write-2028"];
    const values = names.flatMap((name) => [passwordOf(name), hashOf(name)]);
    let first: Update, rotated: Update;

    before(async () => {
        await stack.start();
        first = await stack.update("2026");
        rotated = await stack.update("2027", first);
    });
    after(() => stack.stop());

    it("puts credentials into Secrets as secrets", () => {
        const written = rotated.resources
            .filter(({ id }) => id.startsWith(SECRET))
            .map(({ inputs }) => inputs as { metadata: { name: string }; stringData: object });
        assert.deepEqual(
            Object.fromEntries(written.map((made) => [made.metadata.name, made.stringData])),
            Object.fromEntries(Object.entries(HELD).map(([name, files]) => [name, secret(files)])),
        );
    });

    it("puts the same into the mirror, sealed", async () => {
        const { content } = find(rotated, FILE).inputs as { content: string };
        assert.match(content, /^-----BEGIN AGE ENCRYPTED FILE-----\n/);
        const decrypter = new Decrypter();
        decrypter.addIdentity(stack.identity);
        const manifest = await decrypter.decrypt(armor.decode(content), "text");
        assert.deepEqual(parseManifest(manifest), HELD);
    });

    it("has the engine keep the outputs of a password secret", () => {
        const { options } = find(rotated, `${PASSWORD}-2027`);
        assert.deepEqual(options.additionalSecretOutputs, ["bcryptHash", "result"]);
    });

    it("has a plain trigger, which the engine can compare", () => {
        assert.match(String(find(rotated, STASH).options.replacementTrigger), /^[0-9a-f]{64}$/);
    });

    it("tells no value and no hash in any request, at first, later, and in going back", async () => {
        const steady = await stack.update("2027", rotated);
        const back = await stack.update("2026", steady);
        const next = await stack.update("2028", steady);
        for (const made of [first, rotated, steady, back, next]) {
            assert.deepEqual(leaks(made, values), []);
        }
    });

    it("tells no value and no hash in the outputs of the stack", async () => {
        const { value, secret } = await known(pulumi.output(rotated.result));
        assert.equal(secret, false);
        const text = JSON.stringify(value);
        assert.deepEqual(
            values.filter((known) => text.includes(known)),
            [],
        );
    });
});
