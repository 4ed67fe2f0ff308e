// Installs what package-lock.json names, when it is not installed yet, so that every npm script works in a fresh
// clone. Runs before anything is installed, on whatever Node the machine has (20 or newer): no imports from npm here.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What `npm ci` would put in place: the lock's packages, less what npm leaves out of its own record. */
function packages(file) {
    try {
        const { packages } = JSON.parse(readFileSync(file, "utf8"));
        return Object.entries(packages).filter(([path, entry]) => path !== "" && !entry.optional);
    } catch (error) {
        if (error.code === "ENOENT") return [];
        throw error;
    }
}

function installed() {
    const present = new Map(packages("node_modules/.package-lock.json"));
    return packages("package-lock.json").every(
        ([path, { version }]) => present.get(path)?.version === version,
    );
}

if (!installed()) {
    console.error("Installing dependencies from package-lock.json (about a minute)...");
    // Warnings about the engine are about the Node that runs this line; the scripts run on the `node` package.
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
