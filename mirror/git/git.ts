import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { GitCredentials, GitRemote } from "../../settings/gitRemote.ts";

/** Where and how git runs. */
export interface GitOptions {
    /** A bare repository of our own, with nothing in it that git would run. */
    readonly directory: string;
    readonly remote: GitRemote;
    readonly credentials: GitCredentials;
    /** Seconds until git and all it started are killed. */
    readonly limitSeconds: number;
    /** Further environment, such as the author's name. */
    readonly environment?: Readonly<Record<string, string>>;
    /** What git reads. */
    readonly input?: string | undefined;
}

/** How git ended. */
export interface GitResult {
    readonly exitCode: number;
    readonly stdout: string;
    /** In English whatever the user's language. */
    readonly stderr: string;
    /** Whether it was killed because its time was up. */
    readonly timedOut: boolean;
}

const CONNECT_SECONDS = 20; // TCP gives up after two minutes by itself

/**
 * What git and ssh need of the user's environment: programs, the agent, the way out, the system's
 * certificates.
 */
const INHERITED = [
    ...["PATH", "SSH_AUTH_SOCK", "USER", "LOGNAME"],
    ...["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"],
    ...["SSL_CERT_FILE", "SSL_CERT_DIR"],
];

/**
 * Runs git on nothing but what it is told: no configuration, hooks, filters or netrc of the user or
 * the machine.
 *
 * The token reaches git over a socket that only it and its helpers inherit, when git asks for it:
 * unlike an argument or a file nobody else can read it there, and unlike a variable of the
 * environment it is not handed on to everything git starts, nor shown in `/proc/<pid>/environ`. Git
 * asks the helper for this remote's host alone, so that no proxy gets it either.
 */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
    const child = spawn("git", [...args], {
        cwd: options.directory,
        env: { ...environmentOf(options), ...options.environment },
        stdio: ["pipe", "pipe", "pipe", "pipe"],
        detached: true, // a process group of its own: git-remote-https and ssh must end with it
    });
    const [stdin, stdout, stderr, secrets] = child.stdio;
    // Git need not read them
    for (const stream of [stdin, secrets]) stream?.on("error", () => undefined);
    stdin.end(options.input ?? "");
    (secrets as NodeJS.WritableStream).end(answerOf(options.credentials));
    let timedOut = false;
    const timer = setTimeout(() => {
        timedOut = true;
        killGroup(child);
    }, options.limitSeconds * 1000);
    const onExit = () => {
        killGroup(child);
    };
    process.once("exit", onExit);
    try {
        const [exitCode, out, errors] = await Promise.all([
            ended(child),
            text(stdout),
            text(stderr),
        ]);
        return { exitCode, stdout: out, stderr: errors, timedOut };
    } finally {
        clearTimeout(timer);
        process.removeListener("exit", onExit);
    }
}

function ended(child: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
        child.once("error", (error: NodeJS.ErrnoException) => {
            const missing = error.code === "ENOENT";
            reject(
                missing ? new Error("git is not installed: the mirror is written by it") : error,
            );
        });
        child.once("exit", (code) => {
            resolve(code ?? -1);
        });
    });
}

function killGroup({ pid }: ChildProcess): void {
    try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL");
    } catch {
        // It has ended.
    }
}

/** What git's credential helpers print (git-credential, "INPUT/OUTPUT FORMAT"). */
function answerOf({ username, token }: GitCredentials): string {
    return token === undefined ? "" : `username=${username ?? ""}\npassword=${token}\n`;
}

function environmentOf({ directory, remote, credentials }: GitOptions): Record<string, string> {
    const configuration = Object.entries(configurationOf(remote, credentials));
    return {
        ...Object.fromEntries(
            INHERITED.flatMap((name) => {
                const value = process.env[name];
                return value === undefined ? [] : [[name, value]];
            }),
        ),
        // Curl would take a password from ~/.netrc; ssh finds the user's home without it
        HOME: directory,
        LC_ALL: "C",
        GIT_DIR: directory,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_TERMINAL_PROMPT: "0",
        GIT_ALLOW_PROTOCOL: remote.protocol,
        GIT_SSH_VARIANT: "ssh",
        GIT_SSH_COMMAND: sshCommand(credentials.knownHosts),
        GIT_CONFIG_COUNT: String(configuration.length),
        ...Object.fromEntries(
            configuration.flatMap(([key, value], index) => [
                [`GIT_CONFIG_KEY_${index}`, key],
                [`GIT_CONFIG_VALUE_${index}`, value],
            ]),
        ),
    };
}

function configurationOf(remote: GitRemote, { caFile }: GitCredentials): Record<string, string> {
    return {
        "core.hooksPath": "/dev/null",
        "gc.auto": "0",
        "maintenance.auto": "false",
        "http.sslVerify": "true",
        "http.followRedirects": "false", // wherever it leads, it is not what was checked
        "http.lowSpeedLimit": "1",
        "http.lowSpeedTime": String(CONNECT_SECONDS),
        ...(caFile !== undefined && { "http.sslCAInfo": resolve(caFile) }),
        ...(remote.protocol === "https" && {
            // The socket is descriptor 3; it can be read once, and there is nothing to store or to
            // erase.
            [`credential.https://${remote.host}.helper`]: '!f() { test "$1" = get && cat <&3; }; f',
        }),
    };
}

function sshCommand(knownHosts: string | undefined): string {
    const options = [
        ...["BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no"],
        ...["ForwardAgent=no", "ClearAllForwardings=yes", "PermitLocalCommand=no"],
        // A connection that is there already would be used without looking at the host's key.
        ...["ControlMaster=no", "ControlPath=none", "VerifyHostKeyDNS=no"],
        `ConnectTimeout=${CONNECT_SECONDS}`,
        ...(knownHosts === undefined
            ? []
            : [
                  `UserKnownHostsFile=${quoteForSsh(resolve(knownHosts))}`,
                  "GlobalKnownHostsFile=/dev/null",
              ]),
    ];
    return ["ssh", ...options.map((option) => `-o ${quote(option)}`)].join(" ");
}

/**
 * As ssh_config reads a list of paths, in which % is followed by a letter that stands for
 * something.
 */
function quoteForSsh(path: string): string {
    return `"${path.replaceAll(/["\\]/g, "\\$&").replaceAll("%", "%%")}"`;
}

/** For a POSIX shell, which git runs the command in. */
function quote(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
