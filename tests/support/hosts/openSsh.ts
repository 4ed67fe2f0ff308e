import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findProgram, unpackDebian } from "../../../sandbox/toolchain/debian.ts";

/** OpenSSH, as far as the system has not got it. */
export interface OpenSsh {
    readonly sshd: string;
    /** What its programs run with. */
    readonly environment: Readonly<Record<string, string>>;
    /** Directories of libraries the system has not got. */
    readonly libraries: readonly string[];
    /**
     * Gives programs other users than the system has, when it is preloaded
     * (https://cwrap.org/nss_wrapper.html).
     */
    readonly nssWrapper: string | undefined;
}

/**
 * The server refuses to run as root without a user and a directory of the system; so it runs as
 * another, made up.
 */
export const isRoot = process.getuid?.() === 0;

/**
 * Finds the server and the client on this machine; else fetches Debian's packages into the cache,
 * where they need no rights and change nothing of the system. The client is put on this process's
 * PATH when it is not there.
 */
export async function provideOpenSsh(): Promise<OpenSsh> {
    const sshd = findProgram("sshd");
    const client = ["ssh", "ssh-keygen", "ssh-agent", "ssh-add"].every(findProgram);
    if (sshd && client && !isRoot)
        return { sshd, environment: {}, libraries: [], nssWrapper: undefined };
    const { root, libraries } = await unpackDebian(PACKAGES);
    if (!client) process.env.PATH = [process.env.PATH, join(root, "usr/bin")].join(delimiter);
    return {
        sshd: sshd ?? join(root, "usr/sbin/sshd"),
        environment: { LD_LIBRARY_PATH: libraries.join(":") },
        libraries,
        nssWrapper: libraries
            .map((path) => join(path, "libnss_wrapper.so"))
            .find((path) => existsSync(path)),
    };
}

const PACKAGES = ["openssh-server", "openssh-client", "libnss-wrapper"];
