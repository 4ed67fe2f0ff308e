import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { type GitHub, startGitHub } from "../../sandbox/github/server.ts";
import type { Grants } from "../../sandbox/github/routes.ts";
import { createAuthority } from "../../sandbox/kubernetes/certificates.ts";
import { passOn } from "../../sandbox/parts/passOn.ts";
import { provideProgram } from "../../sandbox/toolchain/debian.ts";
import { quote } from "../../text/quote.ts";

const OWNER = "acme";
const NAME = "prometheus-write-secret";

/** The program's repository on GitHub: `owner/name`. */
export const REPOSITORY = `${OWNER}/${NAME}`;

/** Whom a workflow's own token belongs to. */
const BOT = "github-actions[bot]";

/** Something that was written there. */
export interface Posted {
    readonly number: number;
    readonly title?: string;
    readonly body: string;
}

/** The emulated GitHub that has the program's repository, and a `gh` that asks it. */
export class Hub {
    /** Directory of `gh`. */
    readonly bin: string;
    readonly #gitHub: GitHub;
    readonly #front: Server;
    readonly #token: string;

    private constructor(bin: string, gitHub: GitHub, front: Server, token: string) {
        this.bin = bin;
        this.#gitHub = gitHub;
        this.#front = front;
        this.#token = token;
    }

    static async start(directory: string): Promise<Hub> {
        const token = randomBytes(20).toString("hex");
        const gitHub = await startGitHub({
            logs: join(directory, "logs"),
            owner: OWNER,
            organization: true,
            administrator: BOT,
            token,
        });
        await gitHub.createRepository(NAME);
        const { front, caFile } = await startFront(directory, gitHub.baseUrl);
        const bin = join(directory, "bin");
        const { port } = front.address() as AddressInfo;
        await writeGh(bin, { host: `127.0.0.1:${port}`, caFile });
        return new Hub(bin, gitHub, front, token);
    }

    /** The token of a job with these permissions. */
    issueToken(permissions: Readonly<Record<string, string>>): string {
        const names = Object.entries(permissions).filter(([name]) => name !== "id-token");
        const grants = names.map(([name, level]) => [name.replace("-", "_"), level]);
        return this.#gitHub.issueToken({
            metadata: "read",
            ...Object.fromEntries(grants),
        } as Grants);
    }

    /** Opens a pull request, with a commit of its own; returns its number. */
    async openPullRequest(branch: string): Promise<number> {
        await this.#gitHub.write(NAME, "a", "on main");
        const { object } = (await this.#ask("GET", "/git/ref/heads/main")) as {
            object: { sha: string };
        };
        await this.#ask("POST", "/git/refs", { ref: `refs/heads/${branch}`, sha: object.sha });
        const content = Buffer.from("on a branch").toString("base64");
        await this.#ask("PUT", "/contents/b", { message: "Bump", content, branch });
        const sent = { title: "Bump", head: branch, base: "main" };
        const { number } = (await this.#ask("POST", "/pulls", sent)) as { number: number };
        return number;
    }

    async comments(number: number): Promise<readonly Posted[]> {
        const found = (await this.#ask("GET", `/issues/${number}/comments`)) as Posted[];
        return found.map(({ body }) => ({ number, body }));
    }

    async issues(): Promise<readonly Posted[]> {
        const found = (await this.#ask("GET", "/issues?state=all")) as Posted[];
        return found.map(({ number, title = "", body }) => ({ number, title, body }));
    }

    async stop(): Promise<void> {
        this.#front.closeAllConnections();
        await new Promise((resolve) => this.#front.close(resolve));
        await this.#gitHub.stop();
    }

    async #ask(method: string, path: string, sent?: object): Promise<unknown> {
        const url = `${this.#gitHub.baseUrl}api/v3/repos/${REPOSITORY}${path}`;
        const headers = { authorization: `Bearer ${this.#token}` };
        const body = sent ? JSON.stringify(sent) : null;
        const response = await fetch(url, { method, headers, body });
        if (response.ok) return response.json();
        throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    }
}

/** Answers over TLS, without which `gh` asks no host. */
async function startFront(directory: string, baseUrl: string) {
    const authority = await createAuthority("the program's GitHub");
    const { certificate: cert, key } = await authority.issue({ server: "127.0.0.1" });
    const caFile = join(directory, "hub-ca.pem");
    await writeFile(caFile, authority.certificate);
    const front = createServer({ cert, key }, (request, response) => {
        passOn(request, response, new URL(request.url ?? "/", baseUrl));
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    return { front, caFile };
}

/** A `gh` for which this host is GitHub: the real one takes a host other than github.com for Enterprise. */
async function writeGh(
    bin: string,
    { host, caFile }: { readonly host: string; readonly caFile: string },
): Promise<void> {
    const { path, environment } = await provideProgram("gh", "gh");
    const set = { ...environment, GH_HOST: host, SSL_CERT_FILE: caFile };
    const variables = Object.entries(set).map(([name, value]) => `${name}=${quote(value)}`);
    const script = `#!/bin/sh\nGH_ENTERPRISE_TOKEN=$GH_TOKEN ${variables.join(" ")} exec ${quote(path)} "$@"\n`;
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, "gh"), script);
    await chmod(join(bin, "gh"), 0o755);
}
