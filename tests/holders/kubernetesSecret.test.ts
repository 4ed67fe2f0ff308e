import assert from "node:assert/strict";
import { parseAnnotations, secretMetadata } from "../../holders/kubernetesSecret.ts";
import { senderSettings } from "../support/fleet.ts";

describe("parseAnnotations", () => {
    it("reads what secretMetadata wrote", () => {
        const recorded = { current: "2026", accepted: ["2026", "2025"], revision: 7 };
        const { annotations } = secretMetadata(senderSettings(), recorded);
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
