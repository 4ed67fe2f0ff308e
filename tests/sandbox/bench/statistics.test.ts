import assert from "node:assert/strict";
import { growth, median } from "../../../sandbox/bench/statistics.ts";

describe("median", () => {
    it("is the value in the middle, whatever the order", () => {
        assert.equal(median([9, 1, 5]), 5);
    });

    it("is between the two in the middle of an even number", () => {
        assert.equal(median([4, 1, 2, 9]), 3);
    });

    it("is of something", () => {
        assert.throws(() => median([]), /nothing was measured/);
    });
});

describe("growth", () => {
    it("is the same everywhere on a line", () => {
        assert.deepEqual(
            growth([
                [1, 5],
                [10, 23],
                [100, 203],
            ]),
            [2, 2],
        );
    });

    it("rises where more senders cost more each", () => {
        assert.deepEqual(
            growth([
                [1, 1],
                [2, 4],
                [3, 9],
            ]),
            [3, 5],
        );
    });
});
