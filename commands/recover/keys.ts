import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import password from "@inquirer/password";
import type { Keys } from "../../seal/open.ts";
import { kmsUnwrap } from "../../seal/kms.ts";
import { readKeys } from "../../seal/identity.ts";

/** Where the private key is. */
export interface KeyPlace {
    /** Path of a file; `-` is standard input. Asked for, without showing it, when left out. */
    readonly identity?: string | undefined;
    /** Whether the user's own `gpg` has it, in its agent or on a hardware token. */
    readonly gpg: boolean;
    /**
     * Whether a key of AWS KMS opens it, for the identity that tools of AWS find in the
     * environment.
     */
    readonly kms: boolean;
}

/**
 * The private key. Throws a one-line error when there is none, or nobody to ask for it or for its
 * passphrase.
 */
export async function askKeys({ identity, gpg, kms }: KeyPlace): Promise<Keys> {
    if ([gpg, kms, identity !== undefined].filter(Boolean).length > 1) {
        throw new Error("take one of --identity, --gpg and --kms");
    }
    if (gpg) return { gpg: "gpg" };
    if (kms) return { kms: kmsUnwrap };
    if (identity === undefined) {
        requireTerminal(
            "give the private key by --identity <file>, or --identity - to read it from standard input",
        );
        return { age: await ask("Private key (AGE-SECRET-KEY-1...):") };
    }
    if (identity.startsWith("AGE-SECRET-KEY-")) {
        throw new Error(
            "--identity is a private key itself: give the file it is in, and replace the key, as arguments are for all to read",
        );
    }
    const place = identity === "-" ? "standard input" : identity;
    const file = identity === "-" ? await buffer(process.stdin) : await read(identity);
    if (file.length === 0) throw new Error(`${place} is empty: it must hold a private key`);
    return readKeys(file, async () => {
        requireTerminal(
            `${place} is encrypted: run this at a terminal, where its passphrase can be asked for`,
        );
        return ask(`Passphrase of ${place}:`);
    });
}

async function read(path: string): Promise<Buffer> {
    try {
        return await readFile(path);
    } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        const reason = { ENOENT: "there is no such file", EACCES: "no permission" }[code] ?? code;
        throw new Error(`the identity ${path} cannot be read: ${reason}`, { cause: error });
    }
}

function requireTerminal(otherwise: string): void {
    if (!process.stdin.isTTY) throw new Error(otherwise);
}

/** On standard error: standard output may be what is written. */
async function ask(message: string): Promise<string> {
    return password({ message, mask: false }, { output: process.stderr });
}
