import { messageOf } from "../text/messageOf.ts";
import type * as openpgp from "openpgp";

// Loaded where there is such a key: it takes as long as all files of this program together.
const load = () => import("openpgp");

/** An OpenPGP key that can be encrypted to (https://www.rfc-editor.org/rfc/rfc9580). Public. */
export interface EncryptionKey {
    /** Upper-case hex, 40 digits, or 64 of a version 6 key. */
    readonly fingerprint: string;
    /** The fingerprint, and whose key it says it is: what people are shown. */
    readonly title: string;
    /**
     * Fingerprint of the part of the key that is encrypted to, often a subkey: another one is new
     * key material.
     */
    readonly material: string;
    /** When nobody can encrypt to it any more, if ever. */
    readonly expires: Date | undefined;
    /** The key as OpenPGP.js reads it. */
    readonly key: openpgp.PublicKey;
}

const BLOCK = /-----BEGIN PGP (PUBLIC|PRIVATE) KEY BLOCK-----[^]*?-----END PGP \1 KEY BLOCK-----/g;

/**
 * The keys in an exported keyring, armored (one block or several) or binary, as `gpg --export`
 * writes it.
 *
 * Throws an `Error` of one line, without the content, when it holds no keys or a private one.
 */
export async function readKeys(content: Uint8Array): Promise<readonly openpgp.PublicKey[]> {
    const text = Buffer.from(content).toString("latin1");
    // The magic number of a keybox: https://github.com/gpg/gnupg/blob/master/kbx/keybox-blob.c
    if (text.slice(8, 12) === "KBXf") {
        throw new Error("is GnuPG's own keybox, give what gpg --export prints");
    }
    const blocks = text.match(BLOCK) ?? [];
    const keys = await parseKeys(blocks, content);
    if (keys.some((key) => key.isPrivate())) {
        throw new Error("holds a private key, give what gpg --export prints");
    }
    const { PublicKey } = await load();
    return keys.filter((key) => key instanceof PublicKey);
}

async function parseKeys(
    blocks: readonly string[],
    content: Uint8Array,
): Promise<readonly openpgp.Key[]> {
    const openpgp = await load();
    try {
        if (blocks.length === 0) return await openpgp.readKeys({ binaryKeys: content });
        const read = blocks.map((armoredKeys) => openpgp.readKeys({ armoredKeys }));
        return (await Promise.all(read)).flat();
    } catch {
        throw new Error("holds no OpenPGP keys, give what gpg --export prints");
    }
}

/** The fingerprint of a key, upper-case hex. */
export function fingerprintOf(key: openpgp.Key): string {
    return key.getFingerprint().toUpperCase();
}

/**
 * Checks that a key can be encrypted to at a time.
 *
 * Throws an `Error` of one line that names the key, and says why not.
 */
export async function requireUsable(key: openpgp.PublicKey, now: Date): Promise<EncryptionKey> {
    const title = describe(key);
    if (await key.isRevoked(undefined, undefined, now)) {
        throw new Error(`${title} is revoked: remove it, or give the key that replaces it`);
    }
    const ends = await key.getExpirationTime();
    if (ends instanceof Date && ends <= now) {
        throw new Error(
            `${title} expired on ${day(ends)}: give it as renewed by its owner, or remove it`,
        );
    }
    const encrypting = await encryptionKey(key, title, now);
    const [first] = [ends, await encrypting.getExpirationTime()]
        .filter((date) => date instanceof Date)
        .sort((a, b) => a.getTime() - b.getTime());
    return {
        fingerprint: fingerprintOf(key),
        title,
        material: encrypting.getFingerprint().toUpperCase(),
        expires: first,
        key,
    };
}

async function encryptionKey(
    key: openpgp.Key,
    title: string,
    now: Date,
): Promise<openpgp.Key | openpgp.Subkey> {
    try {
        return await key.getEncryptionKey(undefined, now);
    } catch (error) {
        const reason = messageOf(error);
        // OpenPGP.js 6.3: "Could not find valid encryption key packet in key <id>: Subkey is
        // expired"
        const why = /: (.+)$/.exec(reason)?.[1] ?? "it has no key for encryption";
        throw new Error(
            `${title} cannot be encrypted to: ${why}; its owner adds one with gpg --quick-add-key`,
            { cause: error },
        );
    }
}

/** A user id is whatever its maker typed: no control character of it may reach a terminal. */
function describe(key: openpgp.Key): string {
    const [userId = "no user id"] = key.getUserIDs();
    return `${fingerprintOf(key)} (${userId.replaceAll(/\p{Cc}/gu, "?")})`;
}

/** Such as `2026-11-21`, in UTC. */
export function day(date: Date): string {
    return date.toISOString().slice(0, 10);
}

/** Encrypts to every key, as one armored message that each of them opens alone. */
export async function encrypt(
    content: Uint8Array,
    keys: readonly EncryptionKey[],
): Promise<string> {
    // Binary: text would have its line endings changed.
    const openpgp = await load();
    const message = await openpgp.createMessage({ binary: content });
    const encryptionKeys = keys.map(({ key }) => key);
    // Its types of streams are in a package it does not bring along.
    return (await openpgp.encrypt({ message, encryptionKeys })) as string;
}

/**
 * Decrypts an armored message with an armored private key.
 *
 * Throws an `Error` of one line, without a secret, when the key does not fit or its passphrase is
 * wrong.
 */
export async function decrypt(
    armoredMessage: string,
    armoredKey: string,
    passphrase?: string,
): Promise<Uint8Array> {
    const decryptionKeys = await readPrivateKeys(armoredKey, passphrase);
    const openpgp = await load();
    try {
        const message = await openpgp.readMessage({ armoredMessage });
        const opened: { data: unknown } = await openpgp.decrypt({
            message,
            decryptionKeys,
            format: "binary",
        });
        return opened.data as Uint8Array;
    } catch (error) {
        throw new Error(`this OpenPGP key does not open it: ${reasonOf(error)}`, { cause: error });
    }
}

/** As OpenPGP.js 6.3 says it, in fewer words. */
function reasonOf(error: unknown): string {
    const message = messageOf(error);
    if (message.includes("No decryption key packets found")) return "it is encrypted to other keys";
    return message.replace(/^Error decrypting message: /, "");
}

async function readPrivateKeys(
    armoredKeys: string,
    passphrase: string | undefined,
): Promise<openpgp.PrivateKey[]> {
    const openpgp = await load();
    let keys;
    try {
        keys = await openpgp.readPrivateKeys({ armoredKeys });
    } catch {
        throw new Error(
            "this is no armored OpenPGP private key: gpg --export-secret-keys --armor prints one",
        );
    }
    return Promise.all(keys.map((privateKey) => unlock(privateKey, passphrase)));
}

async function unlock(
    privateKey: openpgp.PrivateKey,
    passphrase: string | undefined,
): Promise<openpgp.PrivateKey> {
    if (privateKey.isDecrypted()) return privateKey;
    if (passphrase === undefined) throw new Error(`${describe(privateKey)} needs its passphrase`);
    const openpgp = await load();
    try {
        return await openpgp.decryptKey({ privateKey, passphrase });
    } catch {
        throw new Error(`the passphrase of ${describe(privateKey)} is wrong`);
    }
}
