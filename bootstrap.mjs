// Installs what package-lock.json names, when it is not installed yet, so that every npm script
// works in a fresh clone. Runs before anything is installed, on whatever Node the machine has (20
// or newer): no imports from npm here.
//
// With --product it is content with what `npm ci --omit=dev` installs, which leaves out what the
// sandbox and the tests need.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const product = process.argv.includes("--product");

/**
 * What a lock says is in place, by path: packages, and of a workspace its manifest and the link to
 * it.
 */
function packages(file) {
    try {
        return JSON.parse(readFileSync(file, "utf8")).packages;
    } catch (error) {
        if (error.code === "ENOENT") return {};
        throw error;
    }
}

/** Whether an entry of the lock must be in place; npm leaves out what is for other machines. */
function needed([path, { optional, dev, link }]) {
    if (path === "" || optional) return false;
    return !product || (path.startsWith("node_modules/") && !dev && !link);
}

/** Npm keeps a record of what it installed, in the form of the lock. */
function installed() {
    const present = packages("node_modules/.package-lock.json");
    return Object.entries(packages("package-lock.json"))
        .filter(needed)
        .every(([path, { version }]) => path in present && present[path].version === version);
}

if (!installed()) {
    console.error("Installing dependencies from package-lock.json (about a minute)...");
    // Warnings about the engine are about the Node that runs this; the scripts run on the `node`
    // package.
    const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
        stdio: ["ignore", "ignore", "inherit"],
    });
    if (npm.status !== 0) {
        console.error(
            "npm ci failed: see the lines above; check that the npm registry is reachable.",
        );
        process.exit(1);
    }
}
