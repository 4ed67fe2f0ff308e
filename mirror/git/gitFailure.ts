import type { GitResult } from "./git.ts";
import type { GitCredentials, GitRemote } from "../../settings/gitRemote.ts";

/**
 * What went wrong, and what to do: the first pattern that git's or the host's words match (git 2.39
 * to 2.51).
 */
const FAULTS: readonly (readonly [RegExp, (remote: GitRemote) => string])[] = [
    [
        /REMOTE HOST IDENTIFICATION HAS CHANGED/,
        ({ host }) =>
            `the SSH key of ${host} is another one than mirror.knownHosts (or ~/.ssh/known_hosts) has: somebody may be in ` +
            "between; ask whoever runs the host, and replace the line only when they confirm the new key",
    ],
    [
        /Host key verification failed/,
        ({ host }) =>
            `the SSH key of ${host} is not known: compare what ssh-keyscan prints with what the host publishes, and put it ` +
            "into the file that mirror.knownHosts names",
    ],
    [
        /Permission denied|Too many authentication failures/,
        () =>
            "the host takes none of your SSH keys: ssh-add a key that may write there, or name it in ~/.ssh/config",
    ],
    [
        /certificate|CAfile/i,
        () =>
            "the host's TLS certificate is not trusted: set mirror.caFile to the authority it is signed by",
    ],
    [
        /returned error: 3\d\d|update url base from redirection/,
        () => "it redirects to another address: set mirror.remote to that one",
    ],
    [
        /Authentication failed|could not read (Username|Password)|returned error: 401/,
        () =>
            "the token is refused: set mirror.token (and mirror.username, if the host asks for a certain one) anew",
    ],
    [
        /pre-receive hook declined|update hook declined|hook declined|protected branch|branch is currently checked out|deny updating/i,
        () =>
            "the host does not let this identity push to the branch: allow it where the branch is protected, or set mirror.branch",
    ],
    [
        /returned error: 403/,
        () => "the token may not write there: give it the right to write this repository",
    ],
    [
        /not found|does not exist|does not appear to be a git repository|returned error: 404/i,
        () =>
            "there is no such repository, or this identity may not see it: create it, private and empty",
    ],
    [
        /Could not resolve|Failed to connect|Couldn't connect|Connection (refused|timed out|reset|closed)|Network is unreachable|No route to host|Operation too slow|timed out|hung up|returned error: 5\d\d|Empty reply|RPC failed|gnutls_handshake|SSL_ERROR|SSL connection/i,
        () => "it cannot be reached, or broke off: run pulumi up again when it answers",
    ],
];

/**
 * Why git failed at a remote, on one line: what it is, what to do, and the host's own last words.
 * The token is not in it, whatever the host says.
 */
export function describeFailure(
    remote: GitRemote,
    credentials: GitCredentials,
    result: GitResult,
    limitSeconds: number,
): string {
    const subject = `mirror.remote ${remote.url}`;
    if (result.timedOut) {
        return `${subject}: git was ended after ${limitSeconds} s without a result: run pulumi up again when the host answers`;
    }
    const said = `${result.stderr}\n${result.stdout}`;
    const fault = FAULTS.find(([pattern]) => pattern.test(said))?.[1](remote);
    const words = lastWords(said, credentials);
    return `${subject}: ${fault ?? "git failed"} (${words || `exit code ${result.exitCode}`})`;
}

/** The lines that say most, without what is secret and without control characters. */
function lastWords(said: string, { token, username }: GitCredentials): string {
    const lines = said.split("\n").map((line) => line.trim());
    const meant = lines.filter((line) =>
        /^(remote:|fatal:|error:|!|ERROR|ssh:|\S+@\S+: )/.test(line),
    );
    const chosen = (meant.length > 0 ? meant : lines.filter(Boolean)).slice(0, 3).join("; ");
    const secrets = [token, Buffer.from(`${username ?? ""}:${token ?? ""}`).toString("base64")];
    return secrets
        .filter((secret) => token && secret)
        .reduce<string>((text, secret = "") => text.replaceAll(secret, "[secret]"), chosen)
        .replaceAll(/[^\x20-\x7e]+/g, " ")
        .slice(0, 300);
}
