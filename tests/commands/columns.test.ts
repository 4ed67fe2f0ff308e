import assert from "node:assert/strict";
import { inColumns } from "../../commands/columns.ts";

const ROWS = [
    ["edge", "switches from one generation to another"],
    ["a longer name", "stays"],
] as const;

describe("inColumns", () => {
    it("breaks nothing where there is no terminal, or it is wide enough", () => {
        const lines = [
            "edge          switches from one generation to another",
            "a longer name stays",
        ];
        assert.deepEqual(inColumns(ROWS, 14, undefined), lines);
        assert.deepEqual(inColumns(ROWS, 14, 53), lines);
    });

    it("breaks between words, below where the text began", () => {
        assert.deepEqual(inColumns(ROWS, 14, 40), [
            "edge          switches from one\n              generation to another",
            "a longer name stays",
        ]);
    });

    it("begins further left where little room would be left", () => {
        assert.deepEqual(inColumns(ROWS, 14, 30), [
            "edge          switches from\n    one generation to another",
            "a longer name stays",
        ]);
    });
});
