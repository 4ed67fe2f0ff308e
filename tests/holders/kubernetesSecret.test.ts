import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import {
    parseAnnotations,
    receiverFiles,
    renderManifest,
    renderShape,
    secretMetadata,
    senderFiles,
} from "../../holders/kubernetesSecret.ts";
import type { ReceiverSettings, SenderSettings } from "../../settings/settings.ts";

const receiver: ReceiverSettings = {
    name: "vmauth",
    kind: "vmauth",
    namespace: "edge",
    secret: "vmauth-auth",
    url: "https://push.example/api/v1/write",
    upstream: "http://vminsert:8480",
    probeUrls: [],
    connections: 3,
};
const sender: SenderSettings = {
    name: "prometheus",
    kind: "prometheus",
    namespace: "monitoring",
    secret: "credential",
    configMap: "configuration",
    configuration: "",
};
const fleet = { senders: [sender], receivers: [receiver] };
const generations = [
    { label: "b", value: "new" },
    { label: "a", value: "old" },
];

describe("parseAnnotations", () => {
    it("reads what secretMetadata wrote", () => {
        const recorded = { accepted: ["2026", "2025"], revision: 7 };
        const { annotations } = secretMetadata(sender, recorded);
        assert.deepEqual(parseAnnotations(annotations), recorded);
    });

    const foreign: (Record<string, string> | undefined)[] = [
        undefined,
        {},
        { "prometheus-write-secret/accepted": "a" },
    ];
    for (const annotations of foreign) {
        it(`finds nothing of ours in ${JSON.stringify(annotations)}`, () => {
            assert.equal(parseAnnotations(annotations), undefined);
        });
    }
});

describe("renderManifest", () => {
    it("gives senders the first generation and receivers all", () => {
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
                    stringData: senderFiles("new"),
                },
                {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata: { name: "vmauth-auth", namespace: "edge", annotations },
                    type: "Opaque",
                    stringData: receiverFiles(receiver, generations),
                },
            ],
        );
    });

    it("quotes labels that kubectl, which reads YAML 1.1, would take for something else", () => {
        for (const label of ["on", "1_000", "2026-11-21"]) {
            const text = renderManifest(fleet, [{ label, value: "v" }]);
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
