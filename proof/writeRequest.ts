/** One sample of one series. */
export interface Sample {
    /** Labels by name, `__name__` among them; none may be empty. */
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    /** Unix time in milliseconds. */
    readonly timestamp: number;
}

/**
 * A remote-write request without series, which stores nothing: snappy writes nothing as one zero
 * byte.
 */
export const EMPTY_WRITE_REQUEST: Uint8Array = new Uint8Array([0]);

/**
 * A remote-write 1.0 request with one sample, ready to send: protobuf, in a snappy block of
 * literals, which needs no compressor (https://prometheus.io/docs/specs/prw/remote_write_spec/,
 * https://github.com/google/snappy/blob/main/format_description.txt).
 */
export function encodeWriteRequest({ labels, value, timestamp }: Sample): Uint8Array {
    const names = Object.keys(labels).sort(); // receivers may refuse labels out of order
    const encodedLabels = names.map((name) =>
        field(1, Buffer.concat([text(1, name), text(2, labels[name] ?? "")])),
    );
    const number = Buffer.alloc(9);
    number.writeUInt8((1 << 3) | 1); // field 1, 64-bit
    number.writeDoubleLE(value, 1);
    const sample = Buffer.concat([number, varint(2 << 3), varint(timestamp)]);
    const series = Buffer.concat([...encodedLabels, field(2, sample)]);
    return snappy(field(1, series));
}

/** A length-delimited protobuf field. */
function field(number: number, content: Uint8Array): Buffer {
    return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function text(number: number, content: string): Buffer {
    return field(number, Buffer.from(content, "utf8"));
}

function varint(value: number): Buffer {
    const bytes: number[] = [];
    let rest = BigInt(value);
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    return Buffer.from([...bytes, Number(rest)]);
}

/** A snappy block of one literal, whose length is written in two bytes: 65,536 bytes at most. */
function snappy(content: Uint8Array): Buffer {
    const length = content.length - 1;
    if (length > 0xffff)
        throw new Error(`one sample must fit into 65536 bytes, got ${content.length}`);
    const tag = Buffer.from([61 << 2, length & 0xff, length >> 8]);
    return Buffer.concat([varint(content.length), tag, content]);
}
