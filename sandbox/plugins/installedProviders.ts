import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** An npm package that is the SDK of a Pulumi provider. */
export interface InstalledProvider {
    /** Name on npm, such as `"@pulumi/random"`. */
    readonly package: string;
    /** Name of the plugin, such as `"random"`. */
    readonly name: string;
    readonly version: string;
    /** Where the plugin is downloaded from; empty for Pulumi's own servers. */
    readonly server: string;
}

interface Manifest {
    readonly name?: string;
    readonly version?: string;
    readonly pulumi?: {
        readonly resource?: boolean;
        readonly name?: string;
        readonly version?: string;
        readonly server?: string;
    };
}

/**
 * The provider SDKs a program in `directory` can import, by the `pulumi` field of their
 * package.json: those in its node_modules and in those of the directories above, the nearest first
 * where a name occurs twice.
 */
export function installedProviders(directory: string): InstalledProvider[] {
    const found = new Map<string, InstalledProvider>();
    for (let at = directory; ; at = dirname(at)) {
        for (const folder of packageFolders(join(at, "node_modules"))) {
            const provider = readProvider(folder);
            if (provider && !found.has(provider.package)) found.set(provider.package, provider);
        }
        if (dirname(at) === at) return [...found.values()];
    }
}

/** Directories of packages, those of scopes such as `@pulumi` among them. */
function packageFolders(modules: string): string[] {
    return list(modules).flatMap((name) => {
        if (name.startsWith(".")) return [];
        if (!name.startsWith("@")) return [join(modules, name)];
        return list(join(modules, name)).map((inner) => join(modules, name, inner));
    });
}

function list(directory: string): string[] {
    try {
        return readdirSync(directory);
    } catch {
        return []; // most directories have no node_modules
    }
}

function readProvider(folder: string): InstalledProvider | undefined {
    let text: string;
    try {
        text = readFileSync(join(folder, "package.json"), "utf8");
    } catch {
        return undefined; // a plain file, or a directory that is no package
    }
    if (!text.includes('"pulumi"')) return undefined; // spares parsing hundreds of files
    const manifest = JSON.parse(text) as Manifest;
    const { pulumi, name = "", version = "" } = manifest;
    if (pulumi?.resource !== true) return undefined;
    return {
        package: name,
        name: pulumi.name ?? name.replace(/^@[^/]*\//, ""),
        version: pulumi.version ?? version,
        server: pulumi.server ?? "",
    };
}
