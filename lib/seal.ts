import { createHash } from "node:crypto";
import { Encrypter, armor } from "age-encryption";

/**
 * Encrypts a text to every recipient, as an ASCII-armored age file (https://age-encryption.org/v1).
 *
 * Each of them can open it alone. The result differs on every call: age draws a new file key. At least one recipient;
 * an unreadable one throws an error that names it (a public key, so nothing secret is told).
 */
export async function seal(text: string, recipients: readonly string[]): Promise<string> {
    if (recipients.length === 0) throw new Error("nothing to encrypt to: at least one recipient");
    const encrypter = new Encrypter();
    for (const recipient of recipients) addRecipient(encrypter, recipient);
    return armor.encode(await encrypter.encrypt(text));
}

/** Why a text is no age recipient, or undefined when it is one. */
export function recipientFault(recipient: string): string | undefined {
    if (recipient.startsWith("AGE-SECRET-KEY-")) {
        // Not repeated in the message: it is a private key, and previews are read by many.
        return "is a private key (identity); give its public key, which age-keygen -y prints";
    }
    try {
        addRecipient(new Encrypter(), recipient);
        return undefined;
    } catch (error) {
        return error instanceof Error ? error.message : String(error);
    }
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
    try {
        encrypter.addRecipient(recipient);
    } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`"${recipient}" is no age public key: ${reason}`, { cause });
    }
}

/** SHA-256 of a text, in hex. */
export function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

/** A stable fingerprint (SHA-256, hex) of anything JSON can hold. The order of keys counts. */
export function fingerprint(content: unknown): string {
    return sha256(JSON.stringify(content));
}
