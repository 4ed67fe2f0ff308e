import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import password from "@inquirer/password";
import { readIdentity } from "../lib/recover/identity.ts";

/**
 * The text of an age identity file: from a file, from standard input (`-`), or asked for without showing it. One that
 * is encrypted by a passphrase has that asked for.
 *
 * Throws a one-line error when there is none, or nobody to ask.
 */
export async function askIdentity(path: string | undefined): Promise<string> {
    if (path === undefined) {
        requireTerminal(
            "give the private key by --identity <file>, or --identity - to read it from standard input",
        );
        return ask("Private key (AGE-SECRET-KEY-1...):");
    }
    if (path.startsWith("AGE-SECRET-KEY-")) {
        throw new Error(
            "--identity is a private key itself: give the file it is in, and replace the key, as arguments are for all to read",
        );
    }
    const file = path === "-" ? await buffer(process.stdin) : await read(path);
    if (file.length === 0)
        throw new Error(
            `${path === "-" ? "standard input" : path} is empty: it must hold a private key`,
        );
    return readIdentity(file, async () => {
        const place = path === "-" ? "standard input" : path;
        if (path === "-")
            throw new Error(
                "an encrypted private key cannot come from standard input: give its file",
            );
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
