import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDirectory } from "../../sandbox/toolchain.ts";

const VERSION = "2.18.6"; // runs on Python 3.11 to 3.13

/** The real `ansible-vault`: the one on the PATH, else installed from PyPI into the cache, once. */
export async function provideAnsibleVault(): Promise<
    (...args: readonly string[]) => Promise<void>
> {
    const { exitCode } = await execa("ansible-vault", ["--version"], { reject: false });
    if (exitCode === 0) {
        return async (...args) => {
            await execa("ansible-vault", args);
        };
    }
    const directory = join(cacheDirectory(), `ansible-core-${VERSION}`);
    if (!existsSync(directory)) {
        await mkdir(cacheDirectory(), { recursive: true });
        const partial = await mkdtemp(`${directory}-`);
        const options = ["--quiet", "--disable-pip-version-check", "--target", partial];
        await execa("python3", ["-m", "pip", "install", ...options, `ansible-core==${VERSION}`]);
        // Another run may have been quicker.
        await rename(partial, directory).catch(() => rm(partial, { recursive: true }));
    }
    return async (...args) => {
        const program = join(directory, "bin", "ansible-vault");
        await execa("python3", [program, ...args], { env: { PYTHONPATH: directory } });
    };
}
