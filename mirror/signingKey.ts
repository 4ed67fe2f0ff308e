import {
    createHash,
    createPrivateKey,
    createPublicKey,
    hkdfSync,
    type KeyObject,
} from "node:crypto";

const TYPE = "ssh-ed25519"; // https://www.rfc-editor.org/rfc/rfc8709
const KEY_BYTES = 32;

/** What comes before the seed in a private key of PKCS #8 (RFC 8410, section 7). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** What comes before the key in a public key of SPKI (RFC 8410, section 4). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

/**
 * The private key that a long random text stands for: always the same, so that the state keeps the
 * text alone. Secret, and so is the text.
 */
export function deriveSigningKey(text: string): KeyObject {
    const purpose = "prometheus-write-secret rotation records, Ed25519"; // another one, another key
    const seed = Buffer.from(hkdfSync("sha256", text, "", purpose, KEY_BYTES));
    const key = Buffer.concat([PKCS8, seed]);
    return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

/** The public key of a private one, as the line of a `.pub` file without its line break. */
export function renderVerificationKey(privateKey: KeyObject, comment: string): string {
    const key = createPublicKey(privateKey);
    return `${TYPE} ${publicBlob(key).toString("base64")} ${comment}`;
}

/** Undoes {@link renderVerificationKey}; undefined when the text is no such line. */
export function parseVerificationKey(text: string): KeyObject | undefined {
    const [type, encoded = "", ...comment] = text.trim().split(/[ \t]+/);
    if (type !== TYPE || comment.some((word) => /[\r\n]/.test(word))) return undefined;
    const [inner, key, ...more] = readStrings(Buffer.from(encoded, "base64")) ?? [];
    if (inner?.toString() !== TYPE || key?.length !== KEY_BYTES || more.length > 0)
        return undefined;
    return createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" });
}

/** A public key as SSH has it on the wire. */
export function publicBlob(key: KeyObject): Buffer {
    const bytes = key.export({ format: "der", type: "spki" }).subarray(-KEY_BYTES);
    return Buffer.concat([sshString(TYPE), sshString(bytes)]);
}

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf(blob: Buffer): string {
    return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** A string of SSH: its length in 4 bytes comes first (RFC 4251, section 5). */
export function sshString(content: string | Uint8Array): Buffer {
    const bytes = Buffer.from(content);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
}

/** The strings of SSH that some bytes are; undefined when they are none. */
export function readStrings(bytes: Buffer): readonly Buffer[] | undefined {
    const strings: Buffer[] = [];
    for (let rest = bytes; rest.length > 0;) {
        const end = rest.length < 4 ? Infinity : 4 + rest.readUInt32BE(0);
        if (end > rest.length) return undefined;
        strings.push(rest.subarray(4, end));
        rest = rest.subarray(end);
    }
    return strings;
}
