import { join } from "node:path";
import { findProgram, type Program, unpackDebian } from "./debian.ts";

// What the browser reads at its start is a package of its own.
const PACKAGES = ["chromium", "chromium-common"];

/** A browser of the system, else Debian's. */
export async function provideChromium(): Promise<Program> {
    const path = ["chromium", "google-chrome"].map(findProgram).find((one) => one !== undefined);
    if (path !== undefined) return { path, environment: {} };
    const { root, libraries } = await unpackDebian(PACKAGES);
    // The wrapper in usr/bin looks for everything below /usr.
    const all = libraries.flatMap((one) => [one, join(one, "pulseaudio")]);
    return {
        path: join(root, "usr", "lib", "chromium", "chromium"),
        environment: { LD_LIBRARY_PATH: all.join(":") },
    };
}
