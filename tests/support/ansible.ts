import { execa } from "execa";
import { providePython } from "../../sandbox/toolchain/python.ts";

/**
 * The newest that this Python runs. What it encrypts with has not changed since 2.4 (formats 1.1
 * and 1.2).
 */
const ANSIBLE = { title: "ansible-core", requirement: "ansible-core>=2.15,<3" };

/** Runs `ansible-vault`; resolves to what it prints. */
export type AnsibleVault = (...args: readonly string[]) => Promise<string>;

/** The real `ansible-vault`: the one on the PATH, else installed from PyPI into the cache, once. */
export async function provideAnsibleVault(): Promise<AnsibleVault> {
    const { exitCode } = await execa("ansible-vault", ["--version"], { reject: false });
    if (exitCode === 0) return async (...args) => (await execa("ansible-vault", args)).stdout;
    const python = await providePython(ANSIBLE);
    return async (...args) => (await execa(python, ["-m", "ansible.cli.vault", ...args])).stdout;
}
