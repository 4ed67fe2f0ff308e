import { fileURLToPath } from "node:url";

export const GITHUB = "https://github.com";

/** The machine, in the names Go and the publishers use. */
export interface Platform {
    readonly os: "linux" | "darwin";
    /** `"amd64"`, `"arm64"`, or what Node calls a processor that no publisher serves. */
    readonly arch: string;
}

/** A file its publisher serves, and how to check it. */
export interface Release {
    readonly url: string;
    /** The publisher's checksum file, or the SHA-256 itself where there is none. */
    readonly checksum: { readonly url: string } | { readonly sha256: string };
    /**
     * For a `.tar.gz`, which of its files to keep, and under which name; without it all are kept,
     * less their first directory. Anything but a `.tar.gz` is one executable, with the name of the
     * tool.
     */
    readonly files?: Readonly<Record<string, string>>;
}

/**
 * Where a Go program's source is, and how to build it. Plain data: its digest names the cache
 * entry.
 */
export interface GoBuild {
    /** Directory of the `go.mod` that pins it. */
    readonly module: string;
    readonly package: string;
    readonly tags?: readonly string[];
    /** Strings the linker sets. */
    readonly variables?: Readonly<Record<string, string>>;
    /**
     * A `schema.json` to put beside the binary: what it prints, or a file of a Go module with
     * `version` set.
     */
    readonly schema?:
        | { readonly printedBy: readonly string[] }
        | { readonly module: string; readonly file: string; readonly version: string };
}

/** How to have one tool. */
export interface Recipe {
    readonly name: string;
    readonly version: string;
    /** How long a cold build takes on two cores, for the line that announces it: `"3 min"`. */
    readonly usually: string;
    /** Absent: one that happens to be on the PATH is never used. */
    readonly onPath?: {
        /** Arguments that make it print its version. */
        readonly ask: readonly string[];
        /** The version in what it printed, or undefined if that is not one to use. */
        readonly accept: (printed: string) => string | undefined;
        /** Files that must stand beside it. */
        readonly beside?: readonly string[];
    };
    /** The official release for a platform; undefined where the publisher has none but a zip file. */
    readonly release?: (platform: Platform) => Release | undefined;
    /**
     * Name of the resource plugin an official `pulumi`, which must be in the same table, installs
     * itself.
     */
    readonly plugin?: string;
    readonly build: GoBuild;
}

/** A tool that is ready to run. */
export interface Tool {
    readonly name: string;
    /** Absolute path of the executable. */
    readonly path: string;
    readonly version: string;
    readonly source: "path" | "official" | "built" | "package";
}

/**
 * Accepts one version, whatever stands around it: `Kubernetes v1.36.3`, `etcd Version: 3.6.8`,
 * `...-tags-v1.150.0-0-g...`.
 */
export function exactly(version: string): (printed: string) => string | undefined {
    const pattern = new RegExp(
        `(^|[^\\d.])${version.replaceAll(".", "\\.")}(?![\\d.]|-(alpha|beta|rc|enterprise))`,
    );
    return (printed) => (pattern.test(printed) ? version : undefined);
}

/** Whether publishers serve a processor. */
export function served(arch: string): true | undefined {
    return arch === "amd64" || arch === "arm64" || undefined;
}

/** Where the `go.mod` of this name is. */
export function moduleDirectory(name: string): string {
    return fileURLToPath(new URL(`../modules/${name}`, import.meta.url));
}
