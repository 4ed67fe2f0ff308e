import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { cacheDirectory, digest, makeOnce } from "../../../sandbox/toolchain/cache.ts";

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
    const places = ["/usr/sbin", "/usr/local/sbin", ...(process.env.PATH ?? "").split(delimiter)];
    const found = (name: string) =>
        places.map((place) => join(place, name)).find((path) => existsSync(path));
    const sshd = found("sshd");
    const client = ["ssh", "ssh-keygen", "ssh-agent", "ssh-add"].every(found);
    if (sshd && client && !isRoot)
        return { sshd, environment: {}, libraries: [], nssWrapper: undefined };
    const root = await fetchPackages();
    const { stdout: machine } = await execa("uname", ["-m"]);
    const libraries = [`usr/lib/${machine}-linux-gnu`, `lib/${machine}-linux-gnu`]
        .map((path) => join(root, path))
        .filter((path) => existsSync(path));
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

/** Returns the directory they are unpacked in. */
async function fetchPackages(): Promise<string> {
    const directory = join(cacheDirectory(), `debian-${await digest(PACKAGES)}`);
    await makeOnce(directory, async (temporary) => {
        const download = join(temporary, "download");
        await mkdir(join(download, "lists", "partial"), { recursive: true });
        await mkdir(join(download, "cache", "archives", "partial"), { recursive: true });
        const apt = [
            `Dir::State::Lists=${join(download, "lists")}`,
            `Dir::Cache=${join(download, "cache")}`,
            "APT::Sandbox::User=root", // no other user may enter here
        ].flatMap((option) => ["-o", option]);
        const run = (command: string, ...args: readonly string[]) =>
            execa(command, args, { cwd: download, env: { LC_ALL: "C" } }).catch(
                (cause: unknown) => {
                    const reason = "no OpenSSH server is here, and none could be fetched";
                    throw new Error(`${reason}: install openssh-server`, { cause });
                },
            );
        await run("apt-get", ...apt, "update");
        const names = await missing(await run("apt-cache", ...apt, ...CLOSURE, ...PACKAGES));
        await run("apt-get", ...apt, "download", ...names);
        const { stdout: files } = await execa("find", [download, "-name", "*.deb"]);
        for (const file of files.split("\n")) await run("dpkg-deb", "-x", file, temporary);
        await execa("rm", ["-r", download]);
    });
    return directory;
}

const CLOSURE = [
    ...["depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts"],
    ...["--no-breaks", "--no-replaces", "--no-enhances"],
];

/** The packages, and the libraries they need that the system has not got. */
async function missing({ stdout }: { readonly stdout?: unknown }): Promise<readonly string[]> {
    const installed = await execa("dpkg-query", ["-W", "-f", "${Package}\n"]);
    const there = new Set(installed.stdout.split("\n"));
    const libraries = String(stdout)
        .split("\n")
        .filter((line) => /^lib[a-z0-9.+-]+$/.test(line) && !there.has(line));
    return [...PACKAGES, ...libraries.filter((name) => !PACKAGES.includes(name))];
}
