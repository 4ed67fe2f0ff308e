import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { cacheDirectory, digest, makeOnce } from "./cache.ts";

/** Packages of this Debian or Ubuntu, unpacked where they need no rights and change nothing. */
export interface Unpacked {
    /** The directory they are unpacked in. */
    readonly root: string;
    /** Directories of libraries the system has not got. */
    readonly libraries: readonly string[];
}

/** Unpacks packages into the cache. Fails with what could not be fetched, and what to install. */
export async function unpackDebian(packages: readonly string[]): Promise<Unpacked> {
    const root = await fetchPackages(packages);
    const { stdout: machine } = await execa("uname", ["-m"]);
    const libraries = [
        ...[`usr/lib/${machine}-linux-gnu`, `lib/${machine}-linux-gnu`],
        `usr/lib/${machine}-linux-gnu/systemd`, // where its programs look, from the root
    ]
        .map((path) => join(root, path))
        .filter((path) => existsSync(path));
    return { root, libraries };
}

/** The path of a program of the system; of one for administrators, too. */
export function findProgram(name: string): string | undefined {
    const places = ["/usr/sbin", "/usr/local/sbin", ...(process.env.PATH ?? "").split(delimiter)];
    return places.map((place) => join(place, name)).find((path) => existsSync(path));
}

/** A program, and the environment it runs with. */
export interface Program {
    readonly path: string;
    readonly environment: Readonly<Record<string, string>>;
}

/** A program of the system, else of its package. */
export async function provideProgram(name: string, packageName: string): Promise<Program> {
    const path = findProgram(name);
    if (path !== undefined) return { path, environment: {} };
    const { root, libraries } = await unpackDebian([packageName]);
    const found = ["usr/sbin", "usr/bin"]
        .map((place) => join(root, place, name))
        .find((one) => existsSync(one));
    if (found === undefined) throw new Error(`there is no ${name} in the package ${packageName}`);
    return { path: found, environment: { LD_LIBRARY_PATH: libraries.join(":") } };
}

/** Returns the directory they are unpacked in. */
async function fetchPackages(packages: readonly string[]): Promise<string> {
    const directory = join(cacheDirectory(), `debian-${await digest(packages)}`);
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
                    const names = packages.join(" ");
                    throw new Error(`${names}: not here, and could not be fetched: install them`, {
                        cause,
                    });
                },
            );
        await run("apt-get", ...apt, "update");
        const depends = await run("apt-cache", ...apt, ...CLOSURE, ...packages);
        const names = await missing(packages, depends.stdout);
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
async function missing(packages: readonly string[], depends: string): Promise<readonly string[]> {
    const installed = await execa("dpkg-query", ["-W", "-f", "${Package}\n"]);
    const there = new Set(installed.stdout.split("\n"));
    const libraries = depends
        .split("\n")
        .filter((line) => /^lib[a-z0-9.+-]+$/.test(line) && !there.has(line));
    return [...packages, ...libraries.filter((name) => !packages.includes(name))];
}
