import { execa } from "execa";
import { openAge } from "./age.ts";
import { decrypt } from "./openpgp.ts";
import { isSops, openSops, type WrappedDataKeys } from "./sops.ts";

/** What sealed files are opened with: one of these at least. Secret. */
export interface Keys {
    /** The text of an age identity file, as `age-keygen` writes it. */
    readonly age?: string | undefined;
    /**
     * An armored OpenPGP private key, as `gpg --export-secret-keys --armor` prints it, and its
     * passphrase if it has one.
     */
    readonly openpgp?:
        { readonly key: string; readonly passphrase?: string | undefined } | undefined;
    /**
     * The user's own `gpg`, `"gpg"` or a path: it finds the key, in its agent or on a hardware
     * token, and may ask.
     */
    readonly gpg?: string | undefined;
    /**
     * Decrypts a data key that a key management service encrypted: its ARN and the ciphertext, in
     * base64.
     */
    readonly kms?: ((arn: string, ciphertext: string) => Promise<Uint8Array>) | undefined;
}

const AGE = "-----BEGIN AGE ENCRYPTED FILE-----";
const OPENPGP = "-----BEGIN PGP MESSAGE-----";

/**
 * Opens a file of the mirror, and gives back the manifest: `Secret`s in YAML, a document each. The
 * file itself says which of the three formats it is in.
 *
 * Nothing is written anywhere. Throws an `Error` of one line, without a secret, when the file is in
 * no format of ours, when no key is given for it or none fits, and when it was tampered with.
 */
export async function openSealed(file: string, keys: Keys): Promise<string> {
    const text = file.trim();
    if (isSops(text)) return openSops(text, (wrapped) => openDataKey(wrapped, keys));
    const bytes = text.startsWith(AGE)
        ? await openAge(text, requireAge(keys))
        : text.startsWith(OPENPGP)
          ? await openMessage(text, keys)
          : refuse(
                "this is no sealed file: it must be an armored age file, an armored OpenPGP message, or of SOPS",
            );
    return Buffer.from(bytes).toString();
}

/**
 * Whether a file may be opened with keys of these kinds, by its format; one of SOPS may be for any.
 */
export function mayOpen(file: string, { age, openpgp, gpg }: Keys): boolean {
    const text = file.trim();
    if (text.startsWith(AGE)) return age !== undefined;
    return !text.startsWith(OPENPGP) || openpgp !== undefined || gpg !== undefined;
}

function requireAge({ age }: Keys): string {
    return age ?? refuse("an age identity is needed to open this file");
}

async function openMessage(message: string, { openpgp, gpg }: Keys): Promise<Uint8Array> {
    if (openpgp) return decrypt(message, openpgp.key, openpgp.passphrase);
    if (gpg !== undefined) return decryptWithGpg(message, gpg);
    return refuse("an OpenPGP private key or gpg is needed to open this file");
}

/** Tries every way the keys give to the data key; the last one's error is told. */
async function openDataKey(wrapped: WrappedDataKeys, keys: Keys): Promise<Uint8Array> {
    const { age, openpgp, gpg, kms } = keys;
    const ways = [
        ...(age === undefined ? [] : wrapped.age.map((enc) => () => openAge(enc, age))),
        ...(openpgp || gpg ? wrapped.pgp.map((enc) => () => openMessage(enc, keys)) : []),
        ...(kms
            ? wrapped.kms.map(
                  ({ arn, enc }) =>
                      () =>
                          kms(arn, enc),
              )
            : []),
    ];
    let last: unknown;
    for (const open of ways) {
        try {
            return await open();
        } catch (error) {
            last = error;
        }
    }
    if (last instanceof Error) throw last;
    const kinds = Object.entries(wrapped).filter(([, list]) => (list as unknown[]).length > 0);
    return refuse(
        `a key of one of these kinds is needed to open this file: ${kinds.map(([kind]) => kind).join(", ")}`,
    );
}

/**
 * Ciphertext goes to its standard input, the plaintext comes from its standard output: neither
 * touches a file.
 */
async function decryptWithGpg(message: string, gpg: string): Promise<Uint8Array> {
    const result = await execa(gpg, ["--batch", "--quiet", "--decrypt"], {
        input: message,
        encoding: "buffer",
        stripFinalNewline: false,
        reject: false,
    });
    if (!result.failed) return result.stdout;
    if (result.exitCode === undefined) {
        throw new Error(`${gpg} cannot be run (${result.code ?? "killed"}): install GnuPG`);
    }
    const [said = ""] = Buffer.from(result.stderr).toString().trim().split("\n").slice(-1);
    const reason = said.replace(/^gpg: /, "") || `exit code ${result.exitCode}`;
    throw new Error(`gpg does not open it: ${reason}`);
}

function refuse(message: string): never {
    throw new Error(message);
}
