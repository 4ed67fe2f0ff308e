import { messageOf } from "../text/messageOf.ts";
import { Encrypter } from "age-encryption";
import { day, fingerprintOf, type EncryptionKey, readKeys, requireUsable } from "./openpgp.ts";

/** A public key the mirror is encrypted to. */
export type Recipient = AgeRecipient | OpenpgpRecipient;

/** An age public key, which is its own name. */
export interface AgeRecipient {
    readonly kind: "age";
    readonly name: string;
    /** The name: an age key never changes. */
    readonly material: string;
}

/** An OpenPGP public key. */
export interface OpenpgpRecipient {
    readonly kind: "openpgp";
    /**
     * `openpgp:<FINGERPRINT>`: the same when the key gets another expiry date, user id or subkey.
     */
    readonly name: string;
    /** The key that is encrypted to: another one means that the mirror must be sealed again. */
    readonly material: string;
    readonly key: EncryptionKey;
}

/** What reading recipients needs. */
export interface RecipientSource {
    /**
     * The file that fingerprints are looked up in, and its content; none when no keyring is
     * configured.
     */
    readonly keyring?: { readonly path: string; readonly content: Uint8Array } | undefined;
    /** Keys must be valid at this time. */
    readonly now: Date;
}

const PREFIX = "openpgp:";
const FINGERPRINT = /^([0-9A-F]{40}|[0-9A-F]{64})$/;
// An update a month is the slowest rotation that would still be warned in time
const WARNING_DAYS = 30;
const DAY_MILLISECONDS = 86_400_000;

/**
 * Why a text is no recipient, as far as the text alone shows it; undefined when it is one. Never
 * repeats a key block.
 */
export function recipientFault(text: string): string | undefined {
    if (text.includes("AGE-SECRET-KEY-")) {
        // Not repeated in the message: it is a private key, and previews are read by many.
        return "is a private key (identity); give its public key, which age-keygen -y prints";
    }
    if (text.includes("PRIVATE KEY")) {
        return "is a private key; give its public key, which gpg --export --armor prints";
    }
    if (isBlock(text)) return undefined;
    if (text.trim().includes("\n")) {
        return "is neither an age public key nor an armored OpenPGP public key block";
    }
    if (text.startsWith(PREFIX)) return fingerprintFault(text);
    if (/^(0x)?([0-9A-F]{8}){1,8}$/i.test(text.replaceAll(" ", ""))) {
        return `${text} looks like an OpenPGP key: give ${PREFIX}<its full fingerprint>, and a keyring`;
    }
    return ageFault(text);
}

function fingerprintFault(text: string): string | undefined {
    if (FINGERPRINT.test(parseFingerprint(text))) return undefined;
    return `${text} is no fingerprint of 40 hex digits: short key ids can be forged, gpg --fingerprint prints it whole`;
}

function ageFault(text: string): string | undefined {
    try {
        new Encrypter().addRecipient(text);
        return undefined;
    } catch (cause) {
        const reason = messageOf(cause);
        return `"${text}" is no age public key: ${reason}`;
    }
}

function isBlock(text: string): boolean {
    return text.trimStart().startsWith("-----BEGIN PGP PUBLIC KEY BLOCK-----");
}

/** People copy fingerprints with the blanks gpg prints. */
function parseFingerprint(text: string): string {
    return text.slice(PREFIX.length).replaceAll(" ", "").replace(/^0x/i, "").toUpperCase();
}

/**
 * Reads recipients as configured: age public keys, armored OpenPGP public key blocks, and
 * `openpgp:<fingerprint>`s.
 *
 * Throws an `Error` of one line that begins with the key at fault, such as `recipients[1]:
 * <FINGERPRINT> (<user id>) expired on 2026-11-20: ...`, for what cannot be encrypted to at `now`.
 */
export async function parseRecipients(
    texts: readonly string[],
    source: RecipientSource,
): Promise<readonly Recipient[]> {
    const recipients: Recipient[] = [];
    for (const [index, text] of texts.entries()) {
        const key = `recipients[${index}]`;
        const recipient = await parseRecipient(text, source, key);
        const first = recipients.findIndex(({ name }) => name === recipient.name);
        if (first >= 0) {
            throw new Error(`${key} is the same key as recipients[${first}]: ${recipient.name}`);
        }
        recipients.push(recipient);
    }
    return recipients;
}

async function parseRecipient(
    text: string,
    source: RecipientSource,
    key: string,
): Promise<Recipient> {
    try {
        const fault = recipientFault(text);
        if (fault !== undefined) throw new Error(fault);
        if (!isBlock(text) && !text.startsWith(PREFIX)) {
            return { kind: "age", name: text, material: text };
        }
        const found = isBlock(text) ? await readBlock(text) : await lookUp(text, source);
        const usable = await requireUsable(found, source.now);
        const name = PREFIX + usable.fingerprint;
        return { kind: "openpgp", name, material: usable.material, key: usable };
    } catch (cause) {
        const reason = messageOf(cause);
        throw new Error(`${key}: ${reason}`, { cause });
    }
}

async function readBlock(text: string): Promise<EncryptionKey["key"]> {
    const [key, ...others] = await readKeys(Buffer.from(text));
    if (key && others.length === 0) return key;
    throw new Error(`the block holds ${others.length + 1} keys, give one a recipient`);
}

async function lookUp(text: string, { keyring }: RecipientSource): Promise<EncryptionKey["key"]> {
    const fingerprint = parseFingerprint(text);
    const how = `gpg --export ${fingerprint} prints it`;
    if (!keyring) {
        throw new Error(`${fingerprint} must be looked up: set keyring to a file, ${how}`);
    }
    let keys;
    try {
        keys = await readKeys(keyring.content);
    } catch (cause) {
        const reason = messageOf(cause);
        throw new Error(`keyring ${keyring.path} ${reason}`, { cause });
    }
    const found = keys.find((key) => fingerprintOf(key) === fingerprint);
    if (!found) throw new Error(`${fingerprint} is not in keyring ${keyring.path}: ${how}`);
    return found;
}

/** A line for each key that expires within 30 days. */
export function expiryWarnings(recipients: readonly Recipient[], now: Date): readonly string[] {
    return recipients.flatMap((recipient) => {
        if (recipient.kind === "age" || recipient.key.expires === undefined) return [];
        const { title, expires } = recipient.key;
        if (expires.getTime() - now.getTime() > WARNING_DAYS * DAY_MILLISECONDS) return [];
        return [
            `recipient ${title} expires on ${day(expires)}: give it as renewed by its owner before, ` +
                "or updates are refused",
        ];
    });
}
