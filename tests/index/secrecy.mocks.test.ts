import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Decrypter, armor } from "age-encryption";
import { parseAllDocuments } from "yaml";
import { hashOf, known, passwordOf, secret } from "../support/mocks.ts";
import { formsOfKey, leaks } from "../support/leaks.ts";
import {
    FILE,
    PASSWORD,
    RECORD_KEY,
    SECRET,
    STASH,
    Stack,
    find,
    type Update,
} from "../support/mockStack.ts";

/** What each Secret must hold when q2 is current and q1 is accepted too, by the Secret's name. */
const HELD = {
    "agent-write-credential": { token: passwordOf("write-q2") },
    "prometheus-write-credential": { token: passwordOf("write-q2") },
    "east-auth": { "auth.yml": `users:\n${renderUser("q2")}${renderUser("q1")}` },
    "west-auth": { "auth.yml": `users:\n${renderUser("q2")}${renderUser("q1")}` },
};

function renderUser(label: string): string {
    return [
        `  - name: ${label}`,
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
    const names = ["write-q1", "write-q2", "write-q3", "record-key"];
    const values = [
        ...names.flatMap((name) => [passwordOf(name), hashOf(name)]),
        ...formsOfKey(passwordOf("record-key")),
    ];
    let first: Update, rotated: Update;

    before(async () => {
        await stack.start();
        first = await stack.update("q1");
        rotated = await stack.update("q2", first);
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
        for (const id of [`${PASSWORD}-q2`, RECORD_KEY]) {
            const { options } = find(rotated, id);
            assert.deepEqual(options.additionalSecretOutputs, ["bcryptHash", "result"]);
        }
    });

    it("has a plain trigger, which the engine can compare", () => {
        assert.match(String(find(rotated, STASH).options.replacementTrigger), /^[0-9a-f]{64}$/);
    });

    it("tells no value and no hash in any request, at first, later, and in going back", async () => {
        const steady = await stack.update("q2", rotated);
        const back = await stack.update("q1", steady);
        const next = await stack.update("q3", steady);
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
