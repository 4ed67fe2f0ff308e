import { armor, Decrypter } from "age-encryption";

const ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";
const BINARY = "age-encryption.org/v1\n";

/**
 * The text of an age identity file, from its bytes. One that is itself encrypted by a passphrase, as `age -p` does, is
 * opened with what `askPassphrase` resolves to; that is asked only then.
 *
 * Throws a one-line error, without the passphrase, when it does not open the file.
 */
export async function readIdentity(
    file: Uint8Array,
    askPassphrase: () => Promise<string>,
): Promise<string> {
    const text = Buffer.from(file).toString("latin1");
    const armored = text.trimStart().startsWith(ARMOR);
    if (!armored && !text.startsWith(BINARY)) return Buffer.from(file).toString("utf8");
    const decrypter = new Decrypter();
    decrypter.addPassphrase(await askPassphrase());
    try {
        return await decrypter.decrypt(armored ? armor.decode(text.trim()) : file, "text");
    } catch (error) {
        throw new Error("the passphrase does not open the identity file", { cause: error });
    }
}
