import assert from "node:assert/strict";
import { encodeWriteRequest } from "../../proof/writeRequest.ts";

describe("encodeWriteRequest", () => {
    it("encodes a known sample", () => {
        // The protobuf of probe{job="x"} 42 @1700000000000, as prometheus' prompb writes it.
        const protobuf =
            "0a2f0a110a085f5f6e616d655f5f120570726f62650a080a036a6f62120178" +
            "12100900000000000045401080d095ffbc31";
        const request = encodeWriteRequest({
            labels: { job: "x", __name__: "probe" },
            value: 42,
            timestamp: 1_700_000_000_000,
        });
        // 49 bytes, as one literal with a length of two bytes.
        assert.equal(Buffer.from(request).toString("hex"), `31f43000${protobuf}`);
    });

    it("refuses a sample that is no sample but a book", () => {
        const labels = { __name__: "probe", text: "x".repeat(70_000) };
        assert.throws(
            () => encodeWriteRequest({ labels, value: 1, timestamp: 1 }),
            /must fit into 65536 bytes, got 7/,
        );
    });
});
