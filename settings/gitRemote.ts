import { messageOf } from "../text/messageOf.ts";
/** A Git repository that is reached over HTTPS or SSH. */
export interface GitRemote {
    readonly protocol: "https" | "ssh";
    /** As given; git reads it. No secret is in it. */
    readonly url: string;
    /** With its port, if there is one. */
    readonly host: string;
    /** The path of the repository, without the first slash and without `.git`: `group/repo`. */
    readonly path: string;
}

/** What `mirror.remote` must be; the end of every error about it. */
const FORMS = "must be https://host/path, ssh://user@host/path or user@host:path";

/**
 * As git reads them (git-clone, "GIT URLS"): a colon before the first slash makes it the path of an
 * SSH host.
 */
const SCP = /^[\w.-]+@(?<host>[A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\]):(?<path>[^\s:][^\s]*)$/;

/**
 * Reads a remote. Throws an `Error` of one line that says what it must be, and never repeats it: it
 * may hold a password.
 *
 * Refused are: plain http and git, which anybody on the way can read and change, on loopback too; a
 * path of this machine, which is no mirror; and a password in the URL, which git would show in its
 * own errors and arguments.
 */
export function parseRemote(url: string): GitRemote {
    const scp = SCP.exec(url)?.groups;
    if (scp && !url.includes("://")) {
        const { host = "", path = "" } = scp;
        refuseGitHub(host);
        return { protocol: "ssh", url, host, path: trimPath(path) };
    }
    if (!URL.canParse(url) || /\s/.test(url)) throw new Error(FORMS);
    const { protocol, username, password, host, pathname, search, hash } = new URL(url);
    if (password) throw new Error("must not hold a password: set mirror.token, as a secret");
    if (protocol === "http:") throw new Error(`must not be plain http: ${FORMS}`);
    if (protocol !== "https:" && protocol !== "ssh:") throw new Error(FORMS);
    if (protocol === "https:" && username) {
        throw new Error("must not hold a user: set mirror.username and mirror.token");
    }
    const path = trimPath(pathname);
    // A leading dash would be read as an option by ssh or by what it runs.
    if (search || hash || !path || !host || /^-/.test(host) || /^-/.test(username)) {
        throw new Error(FORMS);
    }
    refuseGitHub(host);
    return { protocol: protocol === "https:" ? "https" : "ssh", url, host, path };
}

/** There the repository can be made, and asked more about than any Git host tells. */
function refuseGitHub(host: string): void {
    if (host.toLowerCase() !== "github.com") return;
    throw new Error("is on GitHub: set mirror.owner and mirror.repository instead");
}

/** Why a text is no remote, or undefined when it is one. */
export function remoteFault(url: string): string | undefined {
    try {
        parseRemote(url);
        return undefined;
    } catch (error) {
        return messageOf(error);
    }
}

function trimPath(path: string): string {
    return path
        .replace(/^\/+/, "")
        .replace(/\/+$/, "")
        .replace(/\.git$/, "");
}

/**
 * What a host asks of whoever writes. SSH keys are none of ours: they come from the user's agent
 * and configuration.
 */
export interface GitCredentials {
    /** For https: what is sent as password. */
    readonly token?: string | undefined;
    /** For https: what is sent as user name. */
    readonly username?: string | undefined;
    /** For ssh: path of the only known_hosts file to believe. The user's own files unless given. */
    readonly knownHosts?: string | undefined;
    /**
     * For https: path of the only certificate authorities to believe, in PEM. Those of the system
     * unless given.
     */
    readonly caFile?: string | undefined;
}
