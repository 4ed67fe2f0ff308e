import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { kindOfReceiver } from "../../kinds/receivers.ts";
import { parseManifest, renderManifest, renderShape } from "../../mirror/manifest.ts";
import type { ReceiverSettings } from "../../settings/settings.ts";
import { receiverSettings, senderSettings } from "../support/fleet.ts";

const receiver = receiverSettings({ name: "vmauth" });
const sender = senderSettings({ name: "prometheus", secret: "credential", receiver: "vmauth" });
const fleet = { senders: [sender], receivers: [receiver] };
const accepted = [
    { label: "b", value: "new" },
    { label: "a", value: "old" },
];
const generations = { current: "b", accepted };

describe("renderManifest", () => {
    it("gives senders the current generation and receivers all", () => {
        const documents = parseAllDocuments(renderManifest(fleet, generations));
        const annotations = {
            "prometheus-write-secret/accepted": "b,a",
            "prometheus-write-secret/revision": "0",
            "pulumi.com/patchForce": "true",
        };
        assert.deepEqual(
            documents.map((document) => document.toJS() as unknown),
            [
                {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata: { name: "credential", namespace: "monitoring", annotations },
                    type: "Opaque",
                    stringData: { token: "new" },
                },
                {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata: { name: "vmauth-auth", namespace: "edge", annotations },
                    type: "Opaque",
                    stringData: kindOfReceiver(receiver).render(receiver, accepted),
                },
            ],
        );
    });

    it("quotes labels that kubectl, which reads YAML 1.1, would take for something else", () => {
        for (const label of ["on", "1_000", "2026-11-21"]) {
            const text = renderManifest(fleet, {
                current: label,
                accepted: [{ label, value: "v" }],
            });
            const read = parseAllDocuments(text, { version: "1.1" });
            assert.deepEqual(
                read.map((one) =>
                    one.getIn(["metadata", "annotations", "prometheus-write-secret/accepted"]),
                ),
                read.map(() => label),
            );
        }
    });
});

describe("renderShape", () => {
    const shape = renderShape(fleet, { a: "hash-a", b: "hash-b" });

    it("does not depend on which generation is the current one", () => {
        assert.equal(renderShape(fleet, { b: "hash-b", a: "hash-a" }), shape);
    });

    const changes: readonly (readonly [string, string])[] = [
        ["a generation is added", renderShape(fleet, { a: "hash-a", b: "hash-b", c: "hash-c" })],
        ["a generation is dropped", renderShape(fleet, { b: "hash-b" })],
        ["a value changes under its label", renderShape(fleet, { a: "hash-a", b: "other" })],
        [
            "a sender is added",
            renderShape({ ...fleet, senders: [sender, sender] }, { a: "hash-a", b: "hash-b" }),
        ],
    ];
    for (const [what, other] of changes) {
        it(`changes when ${what}`, () => {
            assert.notEqual(other, shape);
        });
    }
});

describe("a manifest with a receiver that holds hashes", () => {
    const htpasswd = { ...receiver, kind: "htpasswd", key: "auth", hash: "sha" };
    const hashing = { senders: [sender], receivers: [htpasswd] };
    const named = accepted.map((one) => ({ ...one, username: `rw-${one.label}` }));
    const text = renderManifest(hashing, { current: "b", accepted: named });

    it("holds the values in a Secret of their own, in which nobody looks", () => {
        const [, auth, kept] = parseAllDocuments(text).map((one) => one.toJS() as Document);
        assert.deepEqual(Object.keys(auth?.stringData ?? {}), ["auth"]);
        assert.doesNotMatch(JSON.stringify(auth), /new|old/);
        assert.deepEqual(kept, {
            apiVersion: "v1",
            kind: "Secret",
            metadata: {
                name: "write-credential-generations",
                namespace: "edge",
                annotations: {
                    ...auth?.metadata.annotations,
                    "prometheus-write-secret/keeps": "generations",
                },
            },
            type: "Opaque",
            stringData: { b: "rw-b:new", a: "rw-a:old" },
        });
    });

    it("gives the values back, and has senders get another one with its username", () => {
        const read = parseManifest(text, "a");
        assert.deepEqual(read.accepted, [
            { label: "a", value: "old" },
            { label: "b", value: "new" },
        ]);
        assert.equal(read.username, "rw-a");
        const [given, auth] = read.secrets.map(({ stringData }) => stringData);
        assert.deepEqual(given, { token: "old", username: "rw-a" });
        const order = Object.values(auth ?? {}).map((lines) => lines.match(/^[^:]+/gm));
        assert.deepEqual(order, [["rw-a", "rw-b"]]);
        assert.equal(read.secrets.length, 2);
    });

    it("has a shape that changes with a value, whatever hash is in use", () => {
        for (const hash of ["sha", "bcrypt"]) {
            const one = { ...hashing, receivers: [{ ...htpasswd, hash }] };
            const shape = renderShape(one, { a: "hash-a" });
            assert.equal(renderShape(one, { a: "hash-a" }), shape);
            assert.notEqual(renderShape(one, { a: "other" }), shape);
        }
    });
});

interface Document {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    readonly stringData: Readonly<Record<string, string>>;
}

describe("a manifest with a receiver that nothing is written for", () => {
    const external: ReceiverSettings = {
        ...receiverSettings({ name: "vmauth", kind: "external", username: "1234567" }),
        ...{ namespace: undefined, secret: undefined },
    };
    const text = renderManifest({ senders: [sender], receivers: [external] }, generations);

    it("holds the sender's Secret, and the values beside it", () => {
        assert.deepEqual(
            parseAllDocuments(text).map((one) => [
                one.getIn(["metadata", "name"]),
                (one.get("stringData") as { toJSON: () => unknown }).toJSON(),
            ]),
            [
                ["credential", { token: "new" }],
                ["write-credential-generations", { b: "1234567:new", a: "1234567:old" }],
            ],
        );
    });

    it("gives the values back with their username, and has senders get another one", () => {
        const { accepted: read, username, secrets } = parseManifest(text, "a");
        assert.deepEqual([read, username], [[...accepted].reverse(), "1234567"]);
        assert.deepEqual(
            secrets.map(({ stringData }) => stringData),
            [{ token: "old" }],
        );
    });
});

describe("parseManifest", () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,8}[a-z0-9])?$/);
    const value = fc.stringMatching(/^[A-Za-z0-9]{8,72}$/);
    const many = fc.uniqueArray(fc.record({ label, value }, { noNullPrototype: true }), {
        selector: (one) => one.label,
        minLength: 1,
        maxLength: 4,
    });

    it("reads back what renderManifest wrote", () => {
        fc.assert(
            fc.property(many, (some) => {
                const current = some[0]?.label ?? "";
                const read = parseManifest(renderManifest(fleet, { current, accepted: some }));
                assert.deepEqual([read.current, read.accepted], [current, some]);
                assert.equal(read.username, undefined);
            }),
        );
    });

    it("has senders get another generation, as if it had been the current one", () => {
        fc.assert(
            fc.property(many, fc.boolean(), (all, own) => {
                const name = (one: { label: string }) => ({ username: `prometheus-${one.label}` });
                const some = all.map((one) => ({ ...one, ...(own && name(one)) }));
                const [first, last] = [some[0]?.label ?? "", some.at(-1)?.label ?? ""];
                const text = renderManifest(fleet, { current: first, accepted: some });
                const others = some.filter((one) => one.label !== last);
                const accepted = [...some.slice(-1), ...others];
                const expected = renderManifest(fleet, { current: last, accepted });
                const read = parseManifest(text, last);
                assert.equal(read.username, own ? `prometheus-${last}` : undefined);
                assert.deepEqual(
                    read.secrets,
                    parseAllDocuments(expected).map((one) => one.toJS() as unknown),
                );
            }),
        );
    });
});
