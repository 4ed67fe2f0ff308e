import type { AskPassword } from "./vaultIdentity.ts";

/** Asks at the terminal, on standard error: standard output is the report. */
export const askVaultPassword: AskPassword = async (label) => {
    if (!process.stdin.isTTY) {
        throw new Error(
            "the variables are encrypted by Ansible Vault: give --vault-password-file or --vault-id, or run this at a terminal",
        );
    }
    const { default: password } = await import("@inquirer/password");
    const message = `Vault password (${label}):`;
    return password({ message, mask: false }, { output: process.stderr });
};
