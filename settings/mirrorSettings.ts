import { posix } from "node:path";
import { RECORD_ENDING, sealedName } from "../seal/fileNames.ts";
import type { Format } from "../seal/seal.ts";
import { attempt } from "./attempt.ts";
import { type GitCredentials, type GitRemote, parseRemote } from "./gitRemote.ts";
import type { MirrorConfiguration } from "./mirrorSchema.ts";

/** What GitHub calls what somebody may do with a repository. */
export type Role = "pull" | "triage" | "push" | "maintain" | "admin";

/** What is asked of a repository that this program makes, and who may do what with it. */
export interface RepositorySettings {
    /**
     * Whether the branch can be neither deleted nor rewritten. Unless configured: where GitHub
     * offers it.
     */
    readonly protect?: boolean | undefined;
    /**
     * Whether GitHub scans for secrets and refuses pushes that hold one. False unless configured.
     */
    readonly secretScanning?: boolean | undefined;
    /**
     * Everybody who has access, by login and by a team's slug. Unless configured it is left as it
     * is.
     */
    readonly access?:
        | {
              readonly users: Readonly<Record<string, Role>>;
              readonly teams: Readonly<Record<string, Role>>;
          }
        | undefined;
    /** SSH public keys that can read the repository, without comments. */
    readonly deployKeys?: readonly DeployKey[] | undefined;
}

/** An SSH public key that can read a repository, and what it is called there. */
export interface DeployKey {
    readonly title: string;
    readonly key: string;
}

/** The private repository that holds the encrypted copy. */
export type MirrorSettings = GitHubMirrorSettings | GitMirrorSettings;

/** A mirror on a Git host that is written to by `git` itself. It exists, and is private. */
export interface GitMirrorSettings extends MirrorFileSettings {
    readonly remote: GitRemote;
    /** What commits are by, as `Name <address>`. */
    readonly author: string;
    /** Secret in part. */
    readonly credentials: GitCredentials;
}

/** A mirror on GitHub, where it can be made too. */
export interface GitHubMirrorSettings extends MirrorFileSettings, RepositorySettings {
    readonly remote?: undefined;
    /** The GitHub user or organisation. */
    readonly owner: string;
    readonly repository: string;
    /**
     * Whether this program makes the repository; else it uses one that exists. True unless
     * configured.
     */
    readonly create: boolean;
}

/** What is written to a mirror, and where. */
export interface MirrorFileSettings {
    /** How it is sealed. `"sealed"` unless configured. */
    readonly format: Format;
    /**
     * The sealed file in the repository, `<stack>.yaml.age` or `<stack>.sops.yaml` unless
     * configured.
     */
    readonly path: string;
    /** The record of the last rotation, beside the sealed file: `<stack>.rotation.json`. */
    readonly recordPath: string;
    /** The branch written to. `main` unless configured. */
    readonly branch: string;
}

/** What a mirror's settings need from outside the configuration. */
export interface MirrorSurroundings {
    readonly stack: string;
    /** Reads a file whose path is relative to the project; throws when it cannot. */
    readonly readFile: (path: string) => string;
}

/** Checks a mirror as configured, and fills in what it leaves out. */
export function completeMirror(
    mirror: MirrorConfiguration,
    { stack, readFile }: MirrorSurroundings,
): MirrorSettings {
    const path = sealedPath(mirror, stack);
    const recordPath = posix.join(posix.dirname(path), `${stack}${RECORD_ENDING}`);
    if (mirror.remote === undefined) {
        refuseUnmade(mirror);
        refuseSharedKeys(mirror.deployKeys ?? []);
        return { ...mirror, path, recordPath };
    }
    const { format, branch, author, token, caFile, knownHosts } = mirror;
    for (const [key, file] of Object.entries({ caFile, knownHosts })) {
        if (file !== undefined) attempt(`mirror.${key}: ${file}`, () => readFile(file));
    }
    const remote = parseRemote(mirror.remote);
    // Bitbucket has this for tokens of a repository; to the others of GitLab and Gitea any name
    // will do.
    const usual = remote.host === "bitbucket.org" ? "x-token-auth" : "oauth2";
    const username = token === undefined ? undefined : (mirror.username ?? usual);
    const credentials = { token, username, caFile, knownHosts };
    return { remote, format, path, recordPath, branch, author, credentials };
}

function sealedPath({ format, path }: MirrorConfiguration, stack: string): string {
    if (format === "sops" && path !== undefined && !/\.ya?ml$/.test(path)) {
        throw new Error(
            `mirror.path must end in .yaml, by which sops knows the format, got ${path}`,
        );
    }
    return path ?? sealedName(stack, format);
}

/** What only holds for a repository this program makes. */
function refuseUnmade({
    create,
    ...mirror
}: Extract<MirrorConfiguration, { create: boolean }>): void {
    const keys = ["protect", "secretScanning", "access", "deployKeys"] as const;
    const set = keys.find((key) => mirror[key] !== undefined);
    if (create || set === undefined) return;
    throw new Error(
        `mirror.${set} needs mirror.create: a repository that was there before keeps its own settings`,
    );
}

/** GitHub takes a key once, and a title names a key here. */
function refuseSharedKeys(keys: readonly DeployKey[]): void {
    keys.forEach(({ title, key }, index) => {
        const first = keys.findIndex((one) => one.title === title || one.key === key);
        if (first === index) return;
        const same = keys[first]?.key === key ? "key" : "title";
        throw new Error(
            `mirror.deployKeys[${index}].${same} must be unique, it is that of mirror.deployKeys[${first}]`,
        );
    });
}
