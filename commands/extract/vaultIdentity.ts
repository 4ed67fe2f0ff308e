import type { Machine } from "./place.ts";
import { openVault, vaultLabel } from "./ansibleVault.ts";

/**
 * Asks for the password of a vault id without showing it. Throws a one-line error where nobody can
 * be asked.
 */
export type AskPassword = (label: string) => Promise<string>;

/**
 * Decrypts a text that `ansible-vault` encrypted. Throws a one-line error that begins with the
 * name.
 */
export type Open = (text: string, name: string) => Promise<string>;

/** Where the password of a vault id is. */
interface Identity {
    readonly label: string;
    /** Path; undefined: it is asked for. */
    readonly file: string | undefined;
}

/** What `--vault-id` and `--vault-password-file` give. */
export interface IdentityOptions {
    /**
     * `label@file`, `label@prompt` or `file`, with commas between, as in Ansible's
     * `vault_identity_list`.
     */
    readonly vaultId?: string | undefined;
    readonly vaultPasswordFile?: string | undefined;
}

/**
 * Opens with the identity of the label in the text's header, then with the others, as Ansible does.
 * Without any the password of that label is asked for. Each file is read, each password asked for,
 * once.
 */
export function createOpener(ask: AskPassword, options: IdentityOptions, machine: Machine): Open {
    const given = parseIdentities(options);
    const passwords = new Map<string, Promise<string>>();
    const passwordOf = (identity: Identity): Promise<string> => {
        const { label, file } = identity;
        const key = `${label}@${file ?? ""}`;
        const known = passwords.get(key);
        if (known !== undefined) return known;
        const asked =
            file === undefined ? ask(label) : Promise.resolve(readPassword(file, machine));
        passwords.set(key, asked);
        return asked;
    };
    return async (text, name) => {
        const label = vaultLabel(text);
        const identities = given.length > 0 ? given : [{ label, file: undefined }];
        let failure: unknown;
        for (const identity of sortByLabel(identities, label)) {
            const password = (await passwordOf(identity)).trim();
            if (password === "") {
                throw new Error(`the vault password for ${name} is empty: give it`);
            }
            try {
                return openVault(text, password, name);
            } catch (error) {
                failure ??= error;
            }
        }
        throw failure;
    };
}

function parseIdentities({ vaultId, vaultPasswordFile }: IdentityOptions): readonly Identity[] {
    const ids = (vaultId ?? "").split(",").filter((id) => id !== "");
    const identities = ids.map((id): Identity => {
        const [, label, source = ""] = /^(?:([^@]*)@)?(.*)$/.exec(id) ?? [];
        if (source === "") {
            throw new Error(`--vault-id must be label@file or label@prompt, got "${id}"`);
        }
        return { label: label || "default", file: source === "prompt" ? undefined : source };
    });
    const file = vaultPasswordFile;
    return file === undefined ? identities : [...identities, { label: "default", file }];
}

function sortByLabel(identities: readonly Identity[], label: string): readonly Identity[] {
    return identities.toSorted(
        (a, b) => Number(b.label === label) - Number(a.label === label), // stable: else as given
    );
}

function readPassword(file: string, machine: Machine): string {
    const { text } = machine.readFile(file);
    if (!text.startsWith("#!")) return text;
    throw new Error(`${file} is a program: give a file that holds the vault password`);
}
