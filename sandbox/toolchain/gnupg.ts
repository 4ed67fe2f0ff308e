import { execa } from "execa";
import { globSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { cacheDirectory, makeOnce } from "./cache.ts";
import { executables } from "./path.ts";

const PACKAGES = ["gpg", "gpg-agent", "gpgconf"];

/** Where GnuPG is, for the environment of what runs it. */
export interface GnupgTools {
    readonly PATH: string;
    readonly LD_LIBRARY_PATH?: string;
    /** To be named in the `gpg.conf` of each home: gpg does not look for it on the PATH. */
    readonly agent?: string;
}

/**
 * GnuPG from the PATH, else unpacked from the packages of this Debian or Ubuntu into the cache: the
 * system stays as it is.
 *
 * @throws {Error} one line that says what to install.
 */
export async function provideGnupg(
    path = process.env.PATH ?? "",
    cache = cacheDirectory(),
): Promise<GnupgTools> {
    if ((await executables("gpg", path)).length > 0) return { PATH: path };
    const directory = join(cache, "debian-gnupg");
    await makeOnce(directory, unpackPackages);
    const bin = join(directory, "usr", "bin");
    return {
        PATH: [bin, path].join(delimiter),
        LD_LIBRARY_PATH: globSync(join(directory, "{,usr/}lib/*-linux-*")).join(delimiter),
        agent: join(bin, "gpg-agent"),
    };
}

async function unpackPackages(into: string): Promise<void> {
    const downloads = await mkdtemp(join(tmpdir(), "gnupg-"));
    try {
        const { stdout } = await execa("apt-cache", ["depends", ...PACKAGES]);
        const libraries = [...stdout.matchAll(/Depends: (lib\S+)/g)].map(([, name = ""]) => name);
        const wanted = new Set([...PACKAGES, ...libraries.filter((name) => name !== "libc6")]);
        await execa({ cwd: downloads })("apt-get", ["download", ...wanted]);
        await mkdir(into, { recursive: true });
        for (const file of globSync(join(downloads, "*.deb"))) {
            await execa("dpkg-deb", ["--extract", file, into]);
        }
    } catch (cause) {
        throw new Error("gpg is missing and cannot be downloaded: install GnuPG 2.2 or newer", {
            cause,
        });
    } finally {
        await rm(downloads, { recursive: true });
    }
}
