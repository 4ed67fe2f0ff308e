import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createEmulator, type Emulator } from "emulate";
import {
    type FaultAnswer,
    type FaultMatch,
    GitHubProxy,
    type GitHubRequest,
    PREFIX,
} from "./proxy.ts";
import type { Grants } from "./routes.ts";
import { freePort, onFreePorts, PortTakenError } from "../parts/process.ts";
import { codeOf } from "../parts/errors.ts";

const TOKENS = 50;
const SCOPES = ["repo", "user", "admin:org"];
const LOOPBACK = "127.0.0.1";
/** The token's user, where the owner is an organisation and nobody else is named. */
const ADMINISTRATOR = "sandbox-admin";

/** Whom a {@link GitHub} belongs to. */
export interface GitHubOptions {
    /** Directory of `github.log`: one line a request, without bodies. */
    readonly logs: string;
    /** Login of the account the repositories belong to. */
    readonly owner: string;
    /** The token that may do everything. */
    readonly token: string;
    /**
     * Whether the owner is an organisation, which the token's user administers. Defaults to false.
     */
    readonly organization?: boolean;
    /** Login of the organisation's administrator, whose token it is. */
    readonly administrator?: string;
    /**
     * Whether the owner pays nothing, and so has no rulesets for private repositories. Defaults to
     * false.
     */
    readonly free?: boolean;
    /**
     * Whether GitHub scans the owner's private repositories for secrets when asked to. Defaults to
     * false.
     */
    readonly secretScanning?: boolean;
    /** Logins of others. Defaults to none. */
    readonly users?: readonly string[];
    /** Names of the organisation's teams, each its own slug. Defaults to none. */
    readonly teams?: readonly string[];
}

export type Visibility = "private" | "public";

/** GitHub's REST API, emulated and kept in memory: repositories, branches, files, commits. */
export interface GitHub {
    /** What goes into `github:baseUrl` or `GITHUB_BASE_URL`; ends with a slash. */
    readonly baseUrl: string;
    /** What was asked, in the order it was answered. The functions below leave no trace in it. */
    readonly requests: readonly GitHubRequest[];
    /** Makes an empty repository, private unless said otherwise. */
    createRepository(name: string, visibility?: Visibility): Promise<void>;
    setVisibility(name: string, visibility: Visibility): Promise<void>;
    /** Undefined when there is no such repository. */
    visibility(name: string): Promise<Visibility | undefined>;
    /**
     * The commits on the default branch that touch the path, newest first, 100 at most; none
     * without a repository.
     */
    commits(name: string, path: string): Promise<{ sha: string; message: string }[]>;
    /** What the file holds on the default branch, or undefined when it is not there. */
    file(name: string, path: string): Promise<string | undefined>;
    /** Writes a file, or with no text deletes it, as somebody does by hand. */
    write(name: string, path: string, text: string | undefined): Promise<void>;
    /**
     * Makes a fine-grained token that may do no more than this; one that may not read metadata sees
     * no repository.
     */
    issueToken(grants: Grants): string;
    /**
     * Makes the next matching requests fail; of several faults that match the earliest goes first.
     * Returns its undo.
     */
    fail(match: FaultMatch, answer: FaultAnswer): () => void;
    /** Stops listening and forgets everything. May be called again. */
    stop(): Promise<void>;
}

/**
 * Starts GitHub's REST API on loopback. A token other than `token` is answered 401; what the
 * emulation does not know, 501 with a message that says so.
 */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
    mkdirSync(options.logs, { recursive: true });
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, LOOPBACK, resolve);
    });
    try {
        const { port } = server.address() as AddressInfo;
        const baseUrl = `http://${LOOPBACK}:${port}/`;
        const emulator = await onFreePorts(() => startEmulator(options, baseUrl + PREFIX.slice(1)));
        const { url, nextToken } = emulator;
        const { organization = false, free = false, secretScanning = false } = options;
        const proxy = new GitHubProxy({
            token: options.token,
            plan: { organization, free, secretScanning },
            users: options.users ?? [],
            teams: await createTeams(options, emulator),
            emulator: url,
            nextToken,
        });
        server.on("request", (request, response) => {
            void proxy.handle(request, response).then((line) => {
                log(options.logs, line);
            });
        });
        return gitHub(options, { baseUrl, server, proxy, ...emulator });
    } catch (error) {
        server.close();
        throw error;
    }
}

function log(logs: string, { method, path, status }: GitHubRequest): void {
    const line = `${new Date().toISOString()} ${method} ${path} ${status}\n`;
    appendFileSync(join(logs, "github.log"), line, { mode: 0o600 });
}

/** Makes the teams; their slugs by id. */
async function createTeams(
    { owner, teams = [] }: GitHubOptions,
    { url, nextToken }: Pick<Running, "url" | "nextToken">,
): Promise<ReadonlyMap<number, string>> {
    const made = teams.map(async (name) => {
        const response = await fetch(`${url}/orgs/${owner}/teams`, {
            method: "POST",
            headers: { authorization: `Bearer ${nextToken()}` },
            body: JSON.stringify({ name }),
        });
        const { id, slug } = (await response.json()) as { id: number; slug: string };
        return [id, slug] as const;
    });
    return new Map(await Promise.all(made));
}

async function startEmulator(
    { owner, organization, administrator = ADMINISTRATOR }: GitHubOptions,
    baseUrl: string,
) {
    const port = await freePort();
    // The outer token stays with the proxy. The emulator allows each token 5,000 requests an hour.
    const tokens = Array.from({ length: TOKENS }, () => randomUUID());
    let asked = 0;
    const nextToken = () => tokens[asked++ % TOKENS] ?? "";
    const user = organization ? administrator : owner;
    const identity = { login: user, scopes: SCOPES };
    const members = [{ login: user, role: "admin" }];
    const orgs = organization ? [{ login: owner, members }] : [];
    try {
        const emulator = await createEmulator({
            service: "github",
            hostname: LOOPBACK,
            port,
            baseUrl, // what it puts into the links it answers with
            seed: {
                tokens: Object.fromEntries(tokens.map((token) => [token, identity])),
                github: { users: [{ login: user }], orgs },
            },
        });
        return { emulator, nextToken, url: `http://${LOOPBACK}:${port}` };
    } catch (error) {
        if (codeOf(error) !== "EADDRINUSE") throw error;
        throw new PortTakenError(`github: port ${port} is taken`);
    }
}

interface Running {
    readonly baseUrl: string;
    readonly server: Server;
    readonly proxy: GitHubProxy;
    readonly emulator: Emulator;
    readonly nextToken: () => string;
    readonly url: string;
}

function gitHub({ owner, organization }: GitHubOptions, running: Running): GitHub {
    const { baseUrl, server, proxy, emulator, nextToken, url } = running;
    const ask = async <T>(method: string, path: string, body?: object): Promise<T | undefined> => {
        const response = await fetch(url + path, {
            method,
            headers: { authorization: `Bearer ${nextToken()}` },
            body: body ? JSON.stringify(body) : null,
        });
        // Absent, or without a commit
        if (response.status === 404 || response.status === 409) return undefined;
        if (!response.ok) throw new Error(`github: ${method} ${path}: ${await response.text()}`);
        return (await response.json()) as T;
    };
    let stopping: Promise<unknown> | undefined;
    return {
        baseUrl,
        requests: proxy.requests,
        createRepository: async (name, visibility = "private") => {
            const path = organization ? `/orgs/${owner}/repos` : "/user/repos";
            await ask("POST", path, { name, private: visibility === "private" });
        },
        setVisibility: async (name, visibility) => {
            const path = `/repos/${owner}/${name}`;
            const set = await ask("PATCH", path, { visibility });
            if (!set) throw new Error(`github: there is no repository ${owner}/${name}`);
        },
        visibility: async (name) => {
            const found = await ask<{ visibility: Visibility }>("GET", `/repos/${owner}/${name}`);
            return found?.visibility;
        },
        commits: async (name, path) => {
            const query = new URLSearchParams({ path, per_page: "100" });
            const commits = await ask<{ sha: string; commit: { message: string } }[]>(
                "GET",
                `/repos/${owner}/${name}/commits?${query.toString()}`,
            );
            return (commits ?? []).map(({ sha, commit }) => ({ sha, message: commit.message }));
        },
        file: async (name, path) => {
            const escaped = path.split("/").map(encodeURIComponent).join("/");
            const found = await ask<{ content: string }>(
                "GET",
                `/repos/${owner}/${name}/contents/${escaped}`,
            );
            return found && Buffer.from(found.content, "base64").toString();
        },
        write: async (name, path, text) => {
            const contents = `/repos/${owner}/${name}/contents/${path}`;
            const found = await ask<{ sha: string }>("GET", contents);
            const body = { message: "By hand", sha: found?.sha };
            const content = text === undefined ? undefined : Buffer.from(text).toString("base64");
            await ask(content === undefined ? "DELETE" : "PUT", contents, { ...body, content });
        },
        issueToken: (grants) => {
            const issued = `github_pat_${randomUUID()}`;
            proxy.issueToken(issued, grants);
            return issued;
        },
        fail: (match, answer) => proxy.fail(match, answer),
        stop: async () => {
            stopping ??= Promise.all([close(server), emulator.close()]);
            await stopping;
        },
    };
}

async function close(server: Server): Promise<void> {
    await new Promise<void>((resolve) => {
        server.close(() => {
            resolve();
        });
        server.closeAllConnections();
    });
}
