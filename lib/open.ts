import { armor, Decrypter } from "age-encryption";

/** What sealed texts are opened with: one of these at least. Secret. */
export interface Keys {
    /** The text of an age identity file, as `age-keygen` writes it: a key a line, comments and blank lines left out. */
    readonly age?: string | undefined;
}

const AGE = "-----BEGIN AGE ENCRYPTED FILE-----";

/**
 * Opens what {@link seal} made, and gives back the manifest. The text itself says which format it is in.
 *
 * Nothing is decrypted to a file, and no key leaves this process. Throws an `Error` of one line, without a secret,
 * when the text is in no format it knows, when no key fits, and when the text was tampered with.
 */
export async function openSealed(sealed: string, keys: Keys): Promise<string> {
    const text = sealed.trim();
    if (text.startsWith(AGE)) return openAge(text, requireKey(keys.age, "an age identity"));
    throw new Error("this is no sealed file: it must begin with " + AGE);
}

function requireKey<T>(key: T | undefined, what: string): T {
    if (key === undefined) throw new Error(`${what} is needed to open this file`);
    return key;
}

/** Opens an armored age file with any of the identities in the text of an identity file. */
async function openAge(sealed: string, identityFile: string): Promise<string> {
    const decrypter = new Decrypter();
    for (const identity of parseIdentities(identityFile)) decrypter.addIdentity(identity);
    try {
        return await decrypter.decrypt(armor.decode(sealed), "text");
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`the file cannot be opened with this age identity: ${reason}`, {
            cause: error,
        });
    }
}

/** The keys in an identity file (https://man.archlinux.org/man/age.1: "one per line, # comments and empty lines ignored"). */
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
