// A Git host over HTTPS: git's own `http-backend` behind TLS and basic authentication, as GitLab,
// Bitbucket and Gitea are to git. Does not prove what these answer in their own words, nor their
// APIs beyond what a test has it answer.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { createAuthority } from "../../../sandbox/kubernetes/certificates.ts";

/** A request the host was asked. */
export interface HostRequest {
    /** Such as `POST /group/repo.git/git-receive-pack`. */
    readonly line: string;
    readonly authorized: boolean;
}

/** A Git host with bare repositories. */
export class GitHttpsHost {
    /** What must be sent as the password, with any user name. */
    token = `glpat-${randomBytes(18).toString("hex")}`;
    /** Whether it can be read without the token. */
    isPublic = false;
    /** Waited for before a request is worked on; answers it itself when it returns a status. */
    before: (request: HostRequest) => Promise<number | undefined> | number | undefined = () =>
        undefined;
    /** Answers of an API, by path with its query; all else there is not found. */
    readonly api = new Map<string, { readonly status?: number; readonly json: unknown }>();
    readonly requests: HostRequest[] = [];
    directory = "";
    /** Path of the authority its certificate is signed by. */
    caFile = "";
    #server: Server | undefined;
    #port = 0;

    get host(): string {
        return `127.0.0.1:${this.#port}`;
    }

    /** Where a repository is, such as `group/repo.git`. */
    url(repository: string): string {
        return `https://${this.host}/${repository}`;
    }

    /** Starts it, on the port it had if it had one. */
    async start(): Promise<void> {
        if (!this.directory) await this.#prepare();
        const server = createServer(this.#certificate, (request, response) => {
            this.#answer(request, response).catch(() => response.destroy());
        });
        await new Promise<void>((resolve, reject) => {
            server.once("error", reject).listen(this.#port, "127.0.0.1", resolve);
        });
        this.#port = (server.address() as AddressInfo).port;
        this.#server = server;
    }

    /** Stops listening; what it holds stays. */
    async stop(): Promise<void> {
        const server = this.#server;
        this.#server = undefined;
        if (!server) return;
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
    }

    async remove(): Promise<void> {
        await this.stop();
        await rm(this.directory, { recursive: true, force: true });
    }

    /** Makes an empty repository, and returns what git does in it. */
    async create(repository: string): Promise<BareRepository> {
        const path = join(this.directory, "repositories", repository);
        return BareRepository.create(path);
    }

    #certificate = { cert: "", key: "" };

    async #prepare(): Promise<void> {
        this.directory = await mkdtemp(join(tmpdir(), "git-host-"));
        const authority = await createAuthority("git host");
        const { certificate, key } = await authority.issue({ server: "127.0.0.1" });
        this.#certificate = { cert: certificate, key };
        this.caFile = join(this.directory, "authority.pem");
        await writeFile(this.caFile, authority.certificate);
    }

    async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { method = "", url = "" } = request;
        const asked = { line: `${method} ${url}`, authorized: this.#isAuthorized(request) };
        this.requests.push(asked);
        const status = await this.before(asked);
        if (status !== undefined) {
            response.writeHead(status, { location: "https://127.0.0.1:1/" }).end();
            return;
        }
        if (url.startsWith("/api/")) {
            this.#answerApi(asked, response);
            return;
        }
        const reads = url.includes("git-upload-pack");
        if (!asked.authorized && !(this.isPublic && reads)) {
            response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
            return;
        }
        await this.#runBackend(request, response);
    }

    #isAuthorized({ headers }: IncomingMessage): boolean {
        const [kind = "", value = ""] = (headers.authorization ?? "").split(" ");
        if (kind === "Bearer" || kind === "token") return value === this.token;
        const [, ...password] = Buffer.from(value, "base64").toString().split(":");
        return password.join(":") === this.token;
    }

    #answerApi({ line, authorized }: HostRequest, response: ServerResponse): void {
        const found = this.api.get(line.replace(/^GET /, ""));
        const { status = 200, json } =
            found && authorized ? found : { status: 404, json: undefined };
        if (json === undefined) {
            response.writeHead(status, { "content-type": "text/html" }).end("Not found");
            return;
        }
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(json));
    }

    /** As https://git-scm.com/docs/git-http-backend and RFC 3875 have it. */
    async #runBackend(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { pathname, searchParams } = new URL(request.url ?? "", this.url(""));
        const child = spawn("git", ["http-backend"], {
            env: {
                PATH: process.env.PATH,
                GIT_PROJECT_ROOT: join(this.directory, "repositories"),
                GIT_HTTP_EXPORT_ALL: "1",
                GIT_CONFIG_NOSYSTEM: "1",
                GIT_CONFIG_GLOBAL: "/dev/null",
                REMOTE_USER: "somebody", // without one nobody may push
                REQUEST_METHOD: request.method,
                PATH_INFO: pathname,
                QUERY_STRING: searchParams.toString(),
                CONTENT_TYPE: request.headers["content-type"],
                CONTENT_LENGTH: request.headers["content-length"],
                HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
                GIT_PROTOCOL: request.headers["git-protocol"] as string | undefined,
            },
            stdio: ["pipe", "pipe", "ignore"],
        });
        pipeline(request, child.stdin).catch(() => undefined);
        const chunks: Buffer[] = [];
        for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
        const answer = Buffer.concat(chunks);
        const end = answer.indexOf("\r\n\r\n");
        const headers = answer.subarray(0, end).toString().split("\r\n");
        let status = 200;
        for (const header of headers) {
            const [name = "", value = ""] = header.split(": ");
            if (name === "Status") status = Number.parseInt(value);
            else response.setHeader(name, value);
        }
        response.writeHead(status).end(answer.subarray(end + 4));
    }
}

/** A bare repository on this machine, looked at and written to behind the host's back. */
export class BareRepository {
    readonly path: string;

    constructor(path: string) {
        this.path = path;
    }

    static async create(path: string): Promise<BareRepository> {
        await mkdir(path, { recursive: true });
        const repository = new BareRepository(path);
        // A host may run as another user than we do.
        const options = ["--bare", "--initial-branch=main", "--template=", "--shared=0666"];
        await repository.git("init", "--quiet", ...options);
        return repository;
    }

    /** Runs git in it. */
    async git(...args: readonly string[]): Promise<string> {
        return this.#feed("", ...args);
    }

    async #feed(input: string, ...args: readonly string[]): Promise<string> {
        const who = ["AUTHOR", "COMMITTER"].flatMap((role) => [
            [`GIT_${role}_NAME`, "other"],
            [`GIT_${role}_EMAIL`, "other@example.com"],
        ]);
        const { stdout } = await execa("git", ["-c", "safe.directory=*", ...args], {
            cwd: this.path,
            input,
            extendEnv: false,
            env: {
                ...{ PATH: process.env.PATH, HOME: this.path },
                ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
                ...(Object.fromEntries(who) as Record<string, string>),
            },
        });
        return stdout;
    }

    /** Commits a file as somebody else does, on top of the branch. */
    async commit(path: string, content: string, branch = "main"): Promise<string> {
        const blob = await this.#feed(content, "hash-object", "-w", "--stdin");
        const head = await this.git(
            "for-each-ref",
            "--format=%(objectname)",
            `refs/heads/${branch}`,
        );
        const kept = head ? (await this.git("ls-tree", branch)).split("\n") : [];
        const entries = kept.filter((line) => line && !line.endsWith(`\t${path}`));
        const tree = await this.#feed(
            [...entries, `100644 blob ${blob}\t${path}`, ""].join("\n"),
            "mktree",
        );
        const parents = head ? ["-p", head] : [];
        const commit = await this.git("commit-tree", tree, ...parents, "-m", `Write ${path}`);
        await this.git("update-ref", `refs/heads/${branch}`, commit);
        return commit;
    }

    /** The subjects of a branch's commits, newest first; none where there is no branch. */
    async log(branch = "main"): Promise<readonly string[]> {
        const heads = await this.git("for-each-ref", `refs/heads/${branch}`);
        return heads ? (await this.git("log", "--format=%s", branch)).split("\n") : [];
    }

    /** The files of a branch, with their content. */
    async files(branch = "main"): Promise<Readonly<Record<string, string>>> {
        const names = (await this.git("ls-tree", "-r", "--name-only", branch)).split("\n");
        const read = async (name: string) =>
            [name, await this.git("cat-file", "blob", `${branch}:${name}`)] as const;
        return Object.fromEntries(await Promise.all(names.map(read)));
    }

    /**
     * Has the host run a script before it takes a push; it prints to the pusher, and refuses by
     * failing.
     */
    async protect(script: string): Promise<void> {
        const hook = join(this.path, "hooks", "pre-receive");
        await mkdir(join(this.path, "hooks"), { recursive: true });
        await writeFile(hook, `#!/bin/sh\n${script}\n`);
        await chmod(hook, 0o755);
    }

    async unprotect(): Promise<void> {
        await rm(join(this.path, "hooks"), { recursive: true });
    }
}
