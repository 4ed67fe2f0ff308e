import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { fingerprintOf, publicBlob, readStrings, sshString } from "./signingKey.ts";

/** What `ssh-keygen -Y` calls what signatures are for: one for something else is none of ours. */
export const NAMESPACE = "prometheus-write-secret";

// https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
const MAGIC = "SSHSIG";
const VERSION = Buffer.from([0, 0, 0, 1]);
const HASH = "sha512";
const ALGORITHM = "ssh-ed25519";
const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "-----END SSH SIGNATURE-----";
const LINE = 70; // characters, as ssh-keygen breaks them

/**
 * The signature of a text, as `ssh-keygen -Y sign -n prometheus-write-secret` writes it. The same
 * text and key give the same signature (RFC 8032).
 */
export function signText(text: string, privateKey: KeyObject): string {
    const signature = sign(null, signedData(text), privateKey);
    const blob = Buffer.concat([
        ...[Buffer.from(MAGIC), VERSION, sshString(publicBlob(createPublicKey(privateKey)))],
        ...[sshString(NAMESPACE), sshString(""), sshString(HASH)],
        sshString(Buffer.concat([sshString(ALGORITHM), sshString(signature)])),
    ]);
    const lines = blob.toString("base64").match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
    return `${[BEGIN, ...lines, END].join("\n")}\n`;
}

/**
 * Why a signature is none of this text by this public key; undefined when it is. Anybody may have
 * written both.
 */
export function signatureFault(text: string, armored: string, key: KeyObject): string | undefined {
    const parts = parseSignature(armored);
    if (parts === undefined) return "its signature is none that ssh-keygen -Y sign writes";
    const [publicKey, namespace, , hash, signature] = parts;
    const ours = publicBlob(key);
    if (!publicKey.equals(ours)) {
        return `it is signed with ${fingerprintOf(publicKey)}, and the verification key is ${fingerprintOf(ours)}`;
    }
    if (namespace.toString() !== NAMESPACE || hash.toString() !== HASH) {
        return `its signature is not one for ${NAMESPACE} with ${HASH}`;
    }
    const [algorithm, bytes] = readStrings(signature) ?? [];
    const isRight =
        algorithm?.toString() === ALGORITHM &&
        bytes !== undefined &&
        verify(null, signedData(text), key, bytes);
    return isRight ? undefined : "its signature is of another text: it was changed since";
}

function signedData(text: string): Buffer {
    const digest = createHash(HASH).update(text).digest();
    const parts = [sshString(NAMESPACE), sshString(""), sshString(HASH), sshString(digest)];
    return Buffer.concat([Buffer.from(MAGIC), ...parts]);
}

type Parts = readonly [key: Buffer, namespace: Buffer, reserved: Buffer, hash: Buffer, of: Buffer];

function parseSignature(armored: string): Parts | undefined {
    const lines = armored.trim().split(/\r?\n/);
    if (lines[0] !== BEGIN || lines.at(-1) !== END) return undefined;
    const blob = Buffer.from(lines.slice(1, -1).join(""), "base64");
    const head = Buffer.concat([Buffer.from(MAGIC), VERSION]);
    if (!blob.subarray(0, head.length).equals(head)) return undefined;
    const parts = readStrings(blob.subarray(head.length));
    return parts?.length === 5 ? (parts as unknown as Parts) : undefined;
}
