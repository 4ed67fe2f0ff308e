import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";

/** Where a GitHub Enterprise Server, which every base URL but github.com is taken for, has its REST API. */
export const PREFIX = "/api/v3";

// GitHub's own defaults for what the emulator leaves out of a repository. The provider sends all of them and reads them
// back: were they absent, every update would change the repository again.
const LEFT_OUT: Readonly<Record<string, unknown>> = {
    merge_commit_title: "MERGE_MESSAGE",
    merge_commit_message: "PR_TITLE",
    squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
    squash_merge_commit_message: "COMMIT_MESSAGES",
    allow_update_branch: false,
    web_commit_signoff_required: false,
};

// What the emulator (0.12.2) answers as GitHub does, tried call by call. It says 404 to what it does not know, which a
// provider takes for "gone" and acts on.
const KNOWN: readonly (readonly [methods: string, path: string])[] = [
    ["GET", "/user"],
    ["GET", "/orgs/*"],
    ["GET", "/users/*"],
    ["POST", "/user/repos"],
    ["POST", "/orgs/*/repos"],
    ["GET PATCH DELETE", "/repos/*/*"],
    ["GET PUT", "/repos/*/*/topics"],
    ["GET PUT DELETE", "/repos/*/*/contents/**"],
    ["GET", "/repos/*/*/commits"],
    ["GET", "/repos/*/*/commits/*"],
    ["GET", "/repos/*/*/branches"],
    ["GET", "/repos/*/*/branches/*"],
    ["GET PUT DELETE", "/repos/*/*/branches/*/protection"],
    ["GET", "/repos/*/*/git/trees/*"],
    ["GET", "/repos/*/*/git/ref/**"],
    ["POST", "/repos/*/*/git/refs"],
    ["DELETE", "/repos/*/*/git/refs/**"],
    ["GET", "/repos/*/*/collaborators"],
    ["PUT DELETE", "/repos/*/*/collaborators/*"],
];
const ROUTES = KNOWN.map(([methods, path]) => {
    const pattern = path.replaceAll("/**", "/.+").replaceAll("/*", "/[^/]+");
    return { methods: methods.split(" "), path: new RegExp(`^${pattern}$`) };
});

/** A request as it was answered. */
export interface GitHubRequest {
    readonly method: string;
    /** Path and query, without `/api/v3`. */
    readonly path: string;
    readonly status: number;
}

/** Which requests fail: those of the method whose path and query, without `/api/v3`, match. Absent matches all. */
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
     * Instead of an answer the connection is cut, after so many seconds, without or with the request having been
     * done; the status is only what is recorded.
     */
    readonly cut?: { readonly afterSeconds: number; readonly done: boolean };
}

/** What a {@link GitHubProxy} stands before. */
export interface GitHubProxyOptions {
    /** The one token that is let in. */
    readonly token: string;
    /** URL of the emulator, without a slash at its end. */
    readonly emulator: string;
    /** The token the emulator knows the user by. */
    readonly emulatorToken: string;
}

interface Answer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
    /** Whether the connection is cut instead. */
    readonly cut?: boolean;
}

/** What the emulator lacks of GitHub: the path prefix, a check of the token, fields of repositories, faults. */
export class GitHubProxy {
    /** Every request, in the order in which they were answered. */
    readonly requests: GitHubRequest[] = [];
    readonly #options: GitHubProxyOptions;
    readonly #faults: { match: FaultMatch; answer: FaultAnswer; left: number }[] = [];
    readonly #repositories = new Map<number, Record<string, unknown>>();

    constructor(options: GitHubProxyOptions) {
        this.#options = options;
    }

    /** Makes the next matching requests fail; of several faults that match the earliest goes first. Returns its undo. */
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
            answer = message(502, error instanceof Error ? error.message : String(error));
        }
        const record = { method, path: path ?? url, status: answer.status };
        this.requests.push(record);
        if (answer.cut) response.destroy();
        else response.writeHead(answer.status, answer.headers).end(answer.body);
        return record;
    }

    async #answer(
        method: string,
        path: string | undefined,
        headers: IncomingHttpHeaders,
        body: Buffer,
    ): Promise<Answer> {
        const { token } = this.#options;
        const authorization = headers.authorization ?? "";
        if (authorization !== `Bearer ${token}` && authorization !== `token ${token}`) {
            return message(401, authorization ? "Bad credentials" : "Requires authentication");
        }
        const fault = this.#faults.find(
            ({ match, left }) =>
                left > 0 &&
                (match.method ?? method) === method &&
                (match.path?.test(path ?? "") ?? true),
        );
        if (fault) {
            fault.left--;
            const { status, headers: more, message: text = "injected fault", cut } = fault.answer;
            if (cut?.done) await this.#forward(method, path ?? "", headers, body);
            if (cut) await pause(cut.afterSeconds * 1000);
            return { ...message(status, text, more), cut: cut !== undefined };
        }
        const bare = path?.replace(/\?.*/, "") ?? "";
        if (!ROUTES.some((route) => route.methods.includes(method) && route.path.test(bare))) {
            return message(
                501,
                `the sandbox's GitHub does not know ${method} ${path ?? "GraphQL"}`,
            );
        }
        return this.#forward(method, path ?? "", headers, body);
    }

    async #forward(
        method: string,
        path: string,
        headers: IncomingHttpHeaders,
        body: Buffer,
    ): Promise<Answer> {
        const passed = Object.entries(headers).filter(([name]) =>
            ["accept", "content-type", "if-none-match"].includes(name),
        ) as [string, string][];
        const response = await fetch(this.#options.emulator + path, {
            method,
            headers: [...passed, ["authorization", `Bearer ${this.#options.emulatorToken}`]],
            body: body.length > 0 ? new Uint8Array(body) : null,
            redirect: "manual",
        });
        const answered = Buffer.from(await response.arrayBuffer());
        // Not passed on are the rate-limit headers: they count down, and the client stops at zero.
        const kept = ["content-type", "etag", "link", "location"].flatMap((name) => {
            const value = response.headers.get(name);
            return value === null ? [] : [[name, value] as const];
        });
        const isRepository =
            response.ok &&
            /^(\/user\/repos|\/orgs\/[^/]+\/repos|\/repos\/[^/]+\/[^/]+)$/.test(path);
        const completed =
            isRepository && answered.length > 0 ? this.#complete(answered, body) : answered;
        return { status: response.status, headers: Object.fromEntries(kept), body: completed };
    }

    /** Adds what the emulator leaves out of a repository, as it was last set; by id, as repositories are renamed. */
    #complete(answered: Buffer, sent: Buffer): Buffer {
        const repository = JSON.parse(answered.toString()) as { id: number };
        const set = sent.length > 0 ? (JSON.parse(sent.toString()) as object) : {};
        const fields = { ...LEFT_OUT, ...this.#repositories.get(repository.id) };
        for (const [name, value] of Object.entries(set) as [string, unknown][]) {
            if (name in LEFT_OUT && value !== null) fields[name] = value;
        }
        this.#repositories.set(repository.id, fields);
        return Buffer.from(JSON.stringify({ ...repository, ...fields }));
    }
}

function message(
    status: number,
    text: string,
    headers: Readonly<Record<string, string>> = {},
): Answer {
    return {
        status,
        headers: { "content-type": "application/json; charset=utf-8", ...headers },
        body: Buffer.from(JSON.stringify({ message: text })),
    };
}
