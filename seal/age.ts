import { messageOf } from "../text/messageOf.ts";
import { armor, Decrypter, Encrypter } from "age-encryption";

/**
 * Encrypts to every recipient, as one ASCII-armored age file (https://age-encryption.org/v1) each
 * opens alone.
 */
export async function sealAge(
    content: Uint8Array | string,
    recipients: readonly string[],
): Promise<string> {
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    return armor.encode(await encrypter.encrypt(content));
}

/**
 * Opens an armored age file with any of the identities in the text of an identity file.
 *
 * Throws an `Error` of one line, without a secret, when none fits or the file is damaged.
 */
export async function openAge(sealed: string, identityFile: string): Promise<Uint8Array> {
    const decrypter = new Decrypter();
    for (const identity of parseIdentities(identityFile)) decrypter.addIdentity(identity);
    try {
        return await decrypter.decrypt(armor.decode(sealed));
    } catch (cause) {
        const reason = messageOf(cause);
        throw new Error(`this age identity does not open it: ${reason}`, { cause });
    }
}

/** The keys in an identity file, a key a line, without its comments and blank lines. */
function parseIdentities(file: string): readonly string[] {
    const lines = file.split(/\r?\n/).map((line) => line.trim());
    const identities = lines.filter((line) => line !== "" && !line.startsWith("#"));
    if (identities.length > 0 && identities.every(isIdentity)) return identities;
    throw new Error(
        "this is no age identity file: it must hold lines that begin with AGE-SECRET-KEY-",
    );
}

function isIdentity(line: string): boolean {
    try {
        new Decrypter().addIdentity(line);
        return line.startsWith("AGE-SECRET-KEY-");
    } catch {
        return false; // the library's message may repeat the line, which is a secret
    }
}
