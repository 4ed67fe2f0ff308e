import { armor, Decrypter } from "age-encryption";
import { readPrivateKeys } from "openpgp";
import type { Keys } from "./open.ts";

const ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";
const BINARY = "age-encryption.org/v1\n";
const OPENPGP = "-----BEGIN PGP PRIVATE KEY BLOCK-----";

/**
 * The key in a file: an age identity file, also one that is itself encrypted by a passphrase, as
 * `age --passphrase` does, or an armored OpenPGP private key. The passphrase is asked for only
 * where one is needed.
 *
 * Throws a one-line error, without a secret, when the passphrase does not open the file.
 */
export async function readKeys(
    file: Uint8Array,
    askPassphrase: () => Promise<string>,
): Promise<Keys> {
    const text = Buffer.from(file).toString("latin1").trimStart();
    if (text.startsWith(OPENPGP)) return readOpenpgp(text, askPassphrase);
    const armored = text.startsWith(ARMOR);
    if (!armored && !text.startsWith(BINARY)) return { age: Buffer.from(file).toString("utf8") };
    const decrypter = new Decrypter();
    decrypter.addPassphrase(await askPassphrase());
    try {
        const bytes = armored ? armor.decode(text.trim()) : file;
        return { age: await decrypter.decrypt(bytes, "text") };
    } catch (error) {
        throw new Error("the passphrase does not open the identity file", { cause: error });
    }
}

async function readOpenpgp(key: string, askPassphrase: () => Promise<string>): Promise<Keys> {
    const keys = await readPrivateKeys({ armoredKeys: key }).catch(() => []);
    const isOpen = keys.length > 0 && keys.every((one) => one.isDecrypted());
    return { openpgp: { key, passphrase: isOpen ? undefined : await askPassphrase() } };
}
