import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "../../text/messageOf.ts";
import { completeAccount, type Plan, refuseFields, RepositoryFields } from "./fields.ts";
import { RepositoryExtras } from "./repository.ts";
import { type Grants, isGranted, permissionFor } from "./routes.ts";

/**
 * Where a GitHub Enterprise Server, which every base URL but github.com is taken for, has its REST
 * API.
 */
export const PREFIX = "/api/v3";

/** A request as it was answered. */
export interface GitHubRequest {
    readonly method: string;
    /** Path and query, without `/api/v3`. */
    readonly path: string;
    readonly status: number;
}

/**
 * Which requests fail: those of the method whose path and query, without `/api/v3`, match. Absent
 * matches all.
 */
export interface FaultMatch {
    readonly method?: string;
    readonly path?: RegExp;
}

/** How requests fail. What fails changes nothing, unless `cut` says so. */
export interface FaultAnswer {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    /** Defaults to "injected fault". */
    readonly message?: string;
    /** How many requests fail. Defaults to 1. */
    readonly times?: number;
    /**
     * Instead of an answer the connection is cut, after so many seconds, without or with the
     * request having been done; the status is only what is recorded.
     */
    readonly cut?: { readonly afterSeconds: number; readonly done: boolean };
}

/** What a {@link GitHubProxy} stands before. */
export interface GitHubProxyOptions {
    /** The token that may do everything. */
    readonly token: string;
    readonly plan: Plan;
    /** All users but the owner. */
    readonly users: readonly string[];
    /** Slugs of the organisation's teams, by id. */
    readonly teams: ReadonlyMap<number, string>;
    /** URL of the emulator, without a slash at its end. */
    readonly emulator: string;
    /** The token of the next request to it. */
    readonly nextToken: () => string;
}

interface Answer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
    /** Whether the connection is cut instead. */
    readonly cut?: boolean;
}

const EVERYTHING: Grants = {
    metadata: "write",
    contents: "write",
    administration: "write",
    members: "write",
    issues: "write",
    pull_requests: "write",
};

/** A request that is let in. */
interface Request {
    readonly method: string;
    /** Path and query, without `/api/v3`. */
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: Buffer;
    readonly grants: Grants;
}

/**
 * What the emulator lacks of GitHub: the path prefix, tokens and what they may do, repositories'
 * extras, faults.
 */
export class GitHubProxy {
    /** Every request, in the order in which they were answered. */
    readonly requests: GitHubRequest[] = [];
    readonly #options: GitHubProxyOptions;
    readonly #faults: { match: FaultMatch; answer: FaultAnswer; left: number }[] = [];
    readonly #fields = new RepositoryFields();
    readonly #extras = new Map<number, RepositoryExtras>();
    readonly #tokens: Map<string, Grants>;

    constructor(options: GitHubProxyOptions) {
        this.#options = options;
        this.#tokens = new Map([[options.token, EVERYTHING]]);
    }

    /**
     * Lets a fine-grained token in that may do no more than this; one that may not read metadata
     * sees no repository.
     */
    issueToken(token: string, grants: Grants): void {
        this.#tokens.set(token, grants);
    }

    /**
     * Makes the next matching requests fail; of several faults that match the earliest goes first.
     * Returns its undo.
     */
    fail(match: FaultMatch, answer: FaultAnswer): () => void {
        const fault = { match, answer, left: answer.times ?? 1 };
        this.#faults.push(fault);
        return () => {
            fault.left = 0;
        };
    }

    /** Answers one request; never fails. */
    async handle(request: IncomingMessage, response: ServerResponse): Promise<GitHubRequest> {
        const method = request.method ?? "GET";
        const url = request.url ?? "/";
        const path = url.startsWith(`${PREFIX}/`) ? url.slice(PREFIX.length) : undefined;
        let answer: Answer;
        try {
            const body = await buffer(request);
            answer = await this.#answer(method, path, request.headers, body);
        } catch (error) {
            answer = message(502, messageOf(error));
        }
        const record = { method, path: path ?? url, status: answer.status };
        this.requests.push(record);
        if (answer.cut) response.destroy();
        else {
            // The provider takes an answer without an id for nothing at all where it is asked for
            // any path.
            const id = { "x-github-request-id": String(this.requests.length) };
            response.writeHead(answer.status, { ...answer.headers, ...id }).end(answer.body);
        }
        return record;
    }

    async #answer(
        method: string,
        path: string | undefined,
        headers: IncomingHttpHeaders,
        body: Buffer,
    ): Promise<Answer> {
        const [, token = ""] = /^(?:Bearer|token) (.+)$/.exec(headers.authorization ?? "") ?? [];
        const grants = this.#tokens.get(token);
        if (!grants) return message(401, token ? "Bad credentials" : "Requires authentication");
        const request = { method, path: path ?? "", headers, body, grants };
        const fault = this.#faults.find(
            ({ match, left }) =>
                left > 0 &&
                (match.method ?? method) === method &&
                (match.path?.test(path ?? "") ?? true),
        );
        if (fault) {
            fault.left--;
            const { status, headers: more, message: text = "injected fault", cut } = fault.answer;
            if (cut?.done) await this.#forward(request);
            if (cut) await pause(cut.afterSeconds * 1000);
            return { ...message(status, text, more), cut: cut !== undefined };
        }
        const refusal = refuse(request, path === undefined);
        return refusal ?? (await this.#answerExtra(request)) ?? this.#forward(request);
    }

    /**
     * Answers what a repository has beside what the emulator keeps of it, or refuses what GitHub
     * would.
     */
    async #answerExtra(request: Request): Promise<Answer | undefined> {
        const { method, body, grants } = request;
        const url = new URL(request.path, this.#options.emulator);
        const sent = parse(body);
        const { plan } = this.#options;
        const fault = /^\/(user\/repos|orgs\/[^/]+\/repos|repos\/[^/]+\/[^/]+)$/.test(url.pathname)
            ? refuseFields(sent ?? {}, plan)
            : undefined;
        if (fault !== undefined) return message(422, fault);
        const [, team, name, rest = ""] =
            /^(?:\/organizations\/\d+\/team\/(\d+))?\/repos\/([^/]+\/[^/]+)(?:\/(.+))?$/.exec(
                url.pathname,
            ) ?? [];
        if (name === undefined || (team === undefined && rest === "")) return undefined;
        const found = await this.#forward({
            ...request,
            method: "GET",
            path: `/repos/${name}`,
            body: NOTHING,
        });
        if (found.status !== 200) return found;
        const { id, archived } = parse(found.body) as { id: number; archived: boolean };
        const { users, teams } = this.#options;
        const account = { ...plan, name, users, teams };
        const extras = this.#extras.get(id) ?? new RepositoryExtras(account);
        this.#extras.set(id, extras);
        if (archived && method !== "GET") {
            return message(403, "Repository was archived so is read-only.");
        }
        const [, branch] = /^branches\/([^/]+)\/rename$/.exec(rest) ?? [];
        if (branch !== undefined) {
            return this.#renameDefault(request, name, branch, String(sent?.["new_name"]));
        }
        const role = method === "DELETE" ? undefined : ((sent?.["permission"] ?? "push") as string);
        const administers = grants.administration === "write";
        const query = url.searchParams;
        const answer =
            team === undefined
                ? extras.answer({ method, path: rest, query, body: sent, administers })
                : extras.setTeam(Number(team), role);
        return answer && json(answer.status, answer.json);
    }

    /** Gives a repository's default branch another name. */
    async #renameDefault(
        request: Request,
        repository: string,
        from: string,
        to: string,
    ): Promise<Answer> {
        const ask = (method: string, path: string, sent?: object) => {
            const body = sent ? Buffer.from(JSON.stringify(sent)) : NOTHING;
            return this.#forward({ ...request, method, path: `/repos/${repository}${path}`, body });
        };
        const found = await ask("GET", `/git/ref/heads/${from}`);
        if (found.status !== 200) return found;
        const { object } = parse(found.body) as { object: { sha: string } };
        const made = await ask("POST", "/git/refs", { ref: `refs/heads/${to}`, sha: object.sha });
        if (made.status !== 201) return made;
        await ask("PATCH", "", { default_branch: to });
        await ask("DELETE", `/git/refs/heads/${from}`);
        return json(201, { name: to, commit: object });
    }

    async #forward({ method, path, headers, body, grants }: Request): Promise<Answer> {
        const passed = Object.entries(headers).filter(([name]) =>
            ["accept", "content-type", "if-none-match"].includes(name),
        ) as [string, string][];
        const response = await fetch(this.#options.emulator + path, {
            method,
            headers: [...passed, ["authorization", `Bearer ${this.#options.nextToken()}`]],
            body: body.length > 0 ? new Uint8Array(body) : null,
            redirect: "manual",
        });
        const answered = Buffer.from(await response.arrayBuffer());
        // Not passed on are the rate-limit headers: they count down, and the client stops at zero.
        const kept = ["content-type", "etag", "link", "location"].flatMap((name) => {
            const value = response.headers.get(name);
            return value === null ? [] : [[name, value] as const];
        });
        const shown = response.ok ? this.#complete(path, answered, body, grants) : undefined;
        const completed = shown ? Buffer.from(JSON.stringify(shown)) : answered;
        return { status: response.status, headers: Object.fromEntries(kept), body: completed };
    }

    /**
     * Repositories and accounts with what the emulator leaves out of them; undefined for all else.
     */
    #complete(path: string, answered: Buffer, sent: Buffer, grants: Grants): object | undefined {
        const isAccount = /^\/(user|orgs\/[^/]+)$/.test(path);
        const isRepository = /^(\/user\/repos|\/orgs\/[^/]+\/repos|\/repos\/[^/]+\/[^/]+)$/.test(
            path,
        );
        // A file is no JSON where it is asked for raw
        if (!isAccount && !isRepository) return undefined;
        const found = parse(answered);
        if (!found) return undefined;
        if (isAccount) return completeAccount(found, this.#options.plan);
        return this.#fields.complete(found, parse(sent) ?? {}, grants.contents === "write");
    }
}

const NOTHING = Buffer.alloc(0);

/** What GitHub refuses whatever there is: what is not known here, and what the token may not do. */
function refuse({ method, path, grants }: Request, isGraphQl: boolean): Answer | undefined {
    const permission = permissionFor(method, path.replace(/\?.*/, ""));
    if (permission === undefined) {
        const what = isGraphQl ? "GraphQL" : path;
        return message(501, `the sandbox's GitHub does not know ${method} ${what}`);
    }
    if (isGranted(grants, method, permission)) return undefined;
    if (grants.metadata === undefined && path.startsWith("/repos/"))
        return message(404, "Not Found");
    const level = method === "GET" ? "read" : "write";
    return message(403, "Resource not accessible by personal access token", {
        "x-accepted-github-permissions": `${permission}=${level}`,
    });
}

function parse(body: Buffer): Record<string, unknown> | undefined {
    return body.length > 0 ? (JSON.parse(body.toString()) as Record<string, unknown>) : undefined;
}

function json(status: number, value: unknown, headers: Answer["headers"] = {}): Answer {
    return {
        status,
        headers: { "content-type": "application/json; charset=utf-8", ...headers },
        body: value === undefined ? NOTHING : Buffer.from(JSON.stringify(value)),
    };
}

function message(status: number, text: string, headers: Answer["headers"] = {}): Answer {
    return json(status, { message: text }, headers);
}
