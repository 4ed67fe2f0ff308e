import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { GitCredentials, GitRemote } from "../../settings/gitRemote.ts";

/** What is asked of a host. */
export interface VisibilityOptions {
    /** Reached over https. */
    readonly remote: GitRemote;
    readonly credentials: GitCredentials;
    /** Where Bitbucket Cloud answers. Defaults to `https://api.bitbucket.org`. */
    readonly bitbucketApi?: string;
    /** Seconds each answer may take. Defaults to 30. */
    readonly limitSeconds?: number;
}

/** What a host answered. */
interface Answer {
    readonly status: number;
    /** The body, when it is a JSON object. */
    readonly json: Readonly<Record<string, unknown>> | undefined;
}

const LARGEST_ANSWER = 1_000_000; // GitLab describes a project in 10 kB

/**
 * Why a repository may be read by others than it should be, or cannot be proven to be private;
 * undefined when it is private. Starts with a verb: "must be private, it is public".
 *
 * Asked are, with the token, the host's API where it has one that is known, then, without it, git's
 * own first request, which must be refused. Redirects are not followed.
 */
export async function visibilityFault(options: VisibilityOptions): Promise<string | undefined> {
    try {
        const told =
            options.remote.host === "bitbucket.org"
                ? await askBitbucket(options)
                : ((await askGitLab(options)) ?? (await askGitea(options)));
        if (told !== undefined && told !== "private") return told;
        return await askAnonymously(options);
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (/CERT|ISSUER|SIGNED|VERIFY/.test(code ?? "")) {
            return `has a TLS certificate that is not trusted (${String(code)}): set mirror.caFile to the authority it is signed by`;
        }
        return `cannot be reached (${code ?? message}): without it nobody knows whether it is private; try again when it answers`;
    }
}

/**
 * https://docs.gitlab.com/api/projects/#get-a-single-project: `visibility` is private, internal or
 * public. A host that answers no JSON is no GitLab; Gitea answers JSON here, but knows no
 * `visibility` and no GitLab words.
 */
async function askGitLab(options: VisibilityOptions): Promise<string | undefined> {
    const { remote, credentials } = options;
    const url = `https://${remote.host}/api/v4/projects/${encodeURIComponent(remote.path)}`;
    const { status, json } = await ask(url, options, `Bearer ${credentials.token ?? ""}`);
    if (isTrouble(status)) return troubled(remote.host, status);
    if (status === 200 && typeof json?.["visibility"] === "string") {
        return judge(json["visibility"]);
    }
    if (status === 404 && json?.["message"] === "404 Project Not Found") return missing();
    if (isRefusal(status) && json !== undefined) return refused("GitLab", status, "read_api");
    return undefined;
}

/**
 * https://docs.gitea.com/api (`repoGet`), which Forgejo shares: `private`, and `internal` since
 * 1.20.
 */
async function askGitea(options: VisibilityOptions): Promise<string | undefined> {
    const { remote, credentials } = options;
    const path = remote.path.split("/").map(encodeURIComponent).join("/");
    const url = `https://${remote.host}/api/v1/repos/${path}`;
    const { status, json } = await ask(url, options, `token ${credentials.token ?? ""}`);
    if (isTrouble(status)) return troubled(remote.host, status);
    if (status === 200 && typeof json?.["private"] === "boolean") {
        if (json["internal"] === true) return judge("internal");
        return judge(json["private"] ? "private" : "public");
    }
    // Gitea's 404 gives the address of its API's description beside its words.
    if (status === 404 && typeof json?.["url"] === "string") return missing();
    if (isRefusal(status) && json !== undefined) return refused("Gitea", status, "read:repository");
    return undefined;
}

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-repositories/: `is_private`. */
async function askBitbucket(options: VisibilityOptions): Promise<string | undefined> {
    const { remote, credentials, bitbucketApi = "https://api.bitbucket.org" } = options;
    const { username, token = "" } = credentials;
    const path = remote.path.split("/").map(encodeURIComponent).join("/");
    // Access tokens of a repository, project or workspace have this name, and are bearer tokens to
    // the API.
    const authorization =
        username === "x-token-auth"
            ? `Bearer ${token}`
            : `Basic ${Buffer.from(`${username ?? ""}:${token}`).toString("base64")}`;
    const { status, json } = await ask(
        `${bitbucketApi}/2.0/repositories/${path}`,
        options,
        authorization,
    );
    if (status === 200 && typeof json?.["is_private"] === "boolean") {
        return judge(json["is_private"] ? "private" : "public");
    }
    if (status === 404) return missing();
    if (isRefusal(status)) return refused("Bitbucket", status, "repository");
    return troubled("Bitbucket", status);
}

/** What every git client asks first (git-http-protocol, "Smart Clients"). */
async function askAnonymously(options: VisibilityOptions): Promise<string | undefined> {
    const url = `${options.remote.url.replace(/\/+$/, "")}/info/refs?service=git-upload-pack`;
    const { status } = await ask(url, options);
    if (status === 401 || status === 403 || status === 404) return undefined;
    if (status >= 200 && status < 300) {
        return "must be private, it can be read without a credential: nothing was written; make it private, or name another one";
    }
    if (status >= 300 && status < 400) {
        return "redirects to another address, of which nothing is known: name that one";
    }
    return `cannot be proven to be private: it answers ${status} to a request without a credential, instead of 401`;
}

function judge(visibility: string): string {
    if (visibility === "private") return visibility;
    return `must be private, it is ${visibility}: nothing was written; make it private, or name another one`;
}

function missing(): string {
    return "is not found, or the token may not see it: create it, private and empty";
}

function refused(host: string, status: number, scope: string): string {
    return `cannot be asked for its visibility: ${host} answers ${status} to the token; give it the scope ${scope} as well`;
}

function troubled(host: string, status: number): string {
    return `cannot be asked for its visibility: ${host} answers ${status}; try again when it is well`;
}

/** A host that knows an API and could not say: what it would have said may be "internal". */
function isTrouble(status: number): boolean {
    return status === 429 || status >= 500;
}

function isRefusal(status: number): boolean {
    return status === 401 || status === 403;
}

async function ask(
    url: string,
    { credentials: { caFile }, limitSeconds = 30 }: VisibilityOptions,
    authorization?: string,
): Promise<Answer> {
    const signal = AbortSignal.timeout(limitSeconds * 1000);
    const headers = {
        // Gitea and Bitbucket refuse none, but some proxies do
        "user-agent": "prometheus-write-secret",
        accept: "application/json",
        ...(authorization !== undefined && { authorization }),
    };
    const authorities = caFile === undefined ? {} : { ca: await readFile(caFile) };
    const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
        const options = { headers, signal, agent: false, ...authorities };
        request(url, options, resolve).on("error", reject).end();
    });
    const length = Number(response.headers["content-length"] ?? 0);
    const { statusCode: status = 0 } = response;
    if (length > LARGEST_ANSWER || !response.headers["content-type"]?.includes("json")) {
        response.destroy();
        return { status, json: undefined };
    }
    return { status, json: parseObject(await text(response)) };
}

function parseObject(body: string): Answer["json"] {
    try {
        const value: unknown = JSON.parse(body);
        const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
        return isObject ? (value as Record<string, unknown>) : undefined;
    } catch {
        return undefined;
    }
}
