import { isLoopback } from "../../settings/terms.ts";
import { firstLine, isoTime, type MirrorSource, type Version } from "./mirrorSource.ts";

const PAGE = 100; // the most GitHub gives at once
const AT_ONCE = 8; // GitHub asks clients to make few requests at a time

/** Where GitHub is, and who asks. */
export interface GitHubAccess {
    /**
     * As the provider takes it: `https://github.com/` unless given, else of a GitHub Enterprise
     * Server.
     */
    readonly baseUrl: string | undefined;
    /** Read access to the repository's contents is enough. Secret. */
    readonly token: string | undefined;
}

interface Commit {
    readonly sha: string;
    readonly commit: {
        readonly message: string;
        readonly author: { readonly name: string };
        readonly committer: { readonly date: string };
    };
}

/**
 * A mirror on GitHub, read through its REST API: no clone, no `git`.
 *
 * https://docs.github.com/en/rest/git/trees, /rest/commits/commits and /rest/repos/contents, API
 * version 2022-11-28. Throws a one-line error when GitHub does not answer, or shows the token no
 * such repository.
 */
export function gitHubSource(
    repository: string,
    access: GitHubAccess,
    branch?: string,
): MirrorSource {
    if (!/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/.test(repository)) {
        throw new Error(`--github must be <owner>/<repository>, got "${repository}"`);
    }
    const ask = asker(repository, access);
    const escape = (path: string) => path.split("/").map(encodeURIComponent).join("/");
    const commitsOf = async (path: string): Promise<readonly Commit[]> => {
        const commits: Commit[] = [];
        for (let page = 1; ; page++) {
            const query = new URLSearchParams({ path, per_page: `${PAGE}`, page: `${page}` });
            if (branch !== undefined) query.set("sha", branch);
            const some = JSON.parse(await ask(`commits?${query.toString()}`)) as Commit[];
            commits.push(...some);
            if (some.length < PAGE) return commits;
        }
    };
    return {
        name: `${repository} on GitHub`,
        files: async () => {
            const head = encodeURIComponent(branch ?? "HEAD");
            const { tree } = JSON.parse(await ask(`git/trees/${head}?recursive=1`)) as {
                tree: { path: string; type: string }[];
            };
            return tree.filter(({ type }) => type === "blob").map((entry) => entry.path);
        },
        versions: async (path) => {
            const versions: Version[] = [];
            const commits = [...(await commitsOf(path))];
            while (commits.length > 0) {
                const some = commits.splice(0, AT_ONCE).map(async ({ sha, commit }) => {
                    const text = await ask(`contents/${escape(path)}?ref=${sha}`, "absent");
                    const { message, author, committer } = commit;
                    const version = {
                        commit: sha,
                        at: isoTime(committer.date),
                        message: firstLine(message),
                        author: author.name,
                    };
                    return text === "" ? [] : [{ ...version, text }];
                });
                versions.push(...(await Promise.all(some)).flat());
            }
            return versions;
        },
        close: () => Promise.resolve(),
    };
}

/** Asks for something of the repository; with `absent`, what is not there is an empty text. */
function asker(repository: string, { baseUrl, token }: GitHubAccess) {
    const base = restUrl(baseUrl);
    return async (path: string, absent?: "absent"): Promise<string> => {
        let response: Response;
        try {
            response = await fetch(`${base}repos/${repository}/${path}`, {
                headers: {
                    accept: "application/vnd.github.raw+json",
                    "x-github-api-version": "2022-11-28",
                    ...(token && { authorization: `Bearer ${token}` }),
                },
                signal: AbortSignal.timeout(30_000),
            });
        } catch (error) {
            const { message, cause } = error as Error;
            const reason = cause instanceof Error ? cause.message : message;
            throw new Error(`GitHub does not answer at ${base}: ${reason}`, { cause: error });
        }
        if (response.ok) return response.text();
        if (response.status === 404 && absent) return "";
        throw new Error(describe(response.status, repository, token));
    };
}

function describe(status: number, repository: string, token: string | undefined): string {
    if (status === 401) {
        return "GitHub refuses the token in GITHUB_TOKEN: take one that may read the repository's contents";
    }
    if (status === 409) return `${repository} on GitHub is empty: nothing was ever mirrored there`;
    if (status === 403 || status === 404) {
        const who = token
            ? "the token in GITHUB_TOKEN"
            : "anybody without a token: set GITHUB_TOKEN";
        return `GitHub shows ${repository}, or the branch, not to ${who}; check the names, and who may read contents`;
    }
    return `GitHub answered ${status}: try again later`;
}

/** Where the REST API is, with a slash at its end: the rules of the GitHub provider. */
function restUrl(baseUrl = "https://github.com/"): string {
    if (!URL.canParse(baseUrl)) throw new Error(`GITHUB_BASE_URL is no URL: ${baseUrl}`);
    const url = new URL(baseUrl);
    if (url.protocol !== "https:" && !isLoopback(url)) {
        throw new Error(
            `GITHUB_BASE_URL must be an https URL, as the token goes there: ${baseUrl}`,
        );
    }
    if (/^(?:api\.)?github\.com$/.test(url.hostname)) return "https://api.github.com/";
    if (url.hostname.endsWith(".ghe.com")) {
        return `https://api.${url.hostname.replace(/^api\./, "")}/`;
    }
    return new URL("api/v3/", `${url.origin}${url.pathname.replace(/\/?$/, "/")}`).href;
}
