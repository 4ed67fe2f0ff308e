import { execa } from "execa";
import { providePython } from "../../sandbox/toolchain/python.ts";

/**
 * The newest that this Python runs. What it encrypts with has not changed since 2.4 (formats 1.1
 * and 1.2).
 */
const ANSIBLE = { title: "ansible-core", requirement: "ansible-core>=2.15,<3" };

/** Runs a command of Ansible; resolves to what it prints. */
export type Ansible = (...args: readonly string[]) => Promise<string>;

/**
 * The real `ansible-vault`, or another command of Ansible: the one on the PATH, else installed from
 * PyPI into the cache, once.
 */
export async function provideAnsible(command: "vault" | "playbook"): Promise<Ansible> {
    const program = `ansible-${command}`;
    const { exitCode } = await execa(program, ["--version"], { reject: false });
    if (exitCode === 0) return async (...args) => (await execa(program, args)).stdout;
    const python = await providePython(ANSIBLE);
    return async (...args) =>
        (await execa(python, ["-m", `ansible.cli.${command}`, ...args])).stdout;
}
