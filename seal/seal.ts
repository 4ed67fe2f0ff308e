import { fingerprint } from "../rotation/digest.ts";
import { sealAge } from "./age.ts";
import { openpgpPath } from "./fileNames.ts";
import type { KmsWrapper } from "./kms.ts";
import { encrypt } from "./openpgp.ts";
import type { AgeRecipient, OpenpgpRecipient, Recipient } from "./recipient.ts";
import { sealSops } from "./sops.ts";

/**
 * How the manifest is sealed: `"sealed"`, whole, as a file for age and one for OpenPGP, or
 * `"sops"`, value by value, in one file for all.
 */
export type Format = "sealed" | "sops";

/**
 * Raised when the sealed files would be others for the same secrets, so that they are made anew.
 */
const VERSION = 2;

/** What the mirror needs to know of sealing. */
export interface Sealing {
    /** The files {@link Sealing.seal} makes, by their paths. One at least. */
    readonly paths: readonly string[];
    /** Names of those who can open them. */
    readonly readers: readonly string[];
    /**
     * Changes when the same text must be sealed anew: for other readers, other keys of theirs,
     * other files.
     */
    readonly version: string;
    /**
     * Encrypts a text: the files, by path. Each reader can open one of them alone. They differ on
     * every call, because keys are drawn.
     */
    readonly seal: (text: string) => Promise<Record<string, string>>;
}

/** Where and how to seal. */
export interface SealingOptions {
    /** The path of the file; of the one for age where there may be two. */
    readonly path: string;
    readonly format: Format;
}

/**
 * Seals to recipients, and for a format that has a data key, to whoever may use one of the
 * wrappers' keys.
 */
export function sealTo(
    { path, format }: SealingOptions,
    recipients: readonly Recipient[],
    wrappers: readonly KmsWrapper[] = [],
): Sealing {
    if (recipients.length + wrappers.length === 0) {
        throw new Error("nothing to encrypt to: at least one recipient");
    }
    const readers = [...recipients.map(({ name }) => name), ...wrappers.map(({ arn }) => arn)];
    const materials = [
        ...recipients.map(({ material }) => material),
        ...wrappers.map(({ arn }) => arn),
    ];
    const files = format === "sops" ? [path] : sealedFiles(path, recipients).map((one) => one.path);
    return {
        paths: files,
        readers,
        version: fingerprint([VERSION, format, files, materials.sort()]),
        seal: async (text) =>
            format === "sops"
                ? { [path]: await sealSops(text, recipients, wrappers) }
                : sealWhole(text, sealedFiles(path, recipients)),
    };
}

interface SealedFile {
    readonly path: string;
    readonly seal: (text: string) => Promise<string>;
}

/** Only files that somebody can open. */
function sealedFiles(path: string, recipients: readonly Recipient[]): readonly SealedFile[] {
    const age = recipients.filter((one): one is AgeRecipient => one.kind === "age");
    const openpgp = recipients.filter((one): one is OpenpgpRecipient => one.kind === "openpgp");
    const names = age.map(({ name }) => name);
    const keys = openpgp.map(({ key }) => key);
    return [
        ...(age.length > 0 ? [{ path, seal: (text: string) => sealAge(text, names) }] : []),
        ...(openpgp.length > 0
            ? [
                  {
                      path: openpgpPath(path),
                      seal: (text: string) => encrypt(Buffer.from(text), keys),
                  },
              ]
            : []),
    ];
}

async function sealWhole(
    text: string,
    files: readonly SealedFile[],
): Promise<Record<string, string>> {
    const sealed = files.map(async ({ path, seal }) => [path, await seal(text)] as const);
    return Object.fromEntries(await Promise.all(sealed));
}
