import assert from "node:assert/strict";
import { renderStored } from "../../holders/secretsManager.ts";

describe("renderStored", () => {
    it("is the label and the value, and the username where the generation has one of its own", () => {
        assert.equal(renderStored({ label: "a", value: "v" }), '{"label":"a","value":"v"}');
        assert.equal(
            renderStored({ label: "a", value: "v", username: "prometheus-a" }),
            '{"label":"a","value":"v","username":"prometheus-a"}',
        );
    });
});
