import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

const REGION = "prod-sandbox-0";

/** A token that was minted, and not deleted. */
export interface CloudToken {
    readonly id: string;
    readonly accessPolicyId: string;
    readonly name: string;
    readonly displayName: string;
    readonly expiresAt?: string | undefined;
    readonly createdAt: string;
    readonly updatedAt: string;
    /** Secret. */
    readonly token: string;
}

/** A request, and how it was answered. */
export interface CloudRequest {
    readonly method: string;
    readonly path: string;
    readonly status: number;
}

/** The part of the API of Grafana Cloud that access policies and their tokens are made by. */
export interface GrafanaCloud {
    /** What `grafana:cloudApiUrl` is. */
    readonly url: string;
    readonly region: string;
    /** An access policy that may write metrics. */
    readonly accessPolicyId: string;
    /** The token that may mint others. Secret. */
    readonly token: string;
    /** In the order in which they were minted. */
    readonly tokens: readonly CloudToken[];
    /** What was asked, in the order it was answered. */
    readonly requests: readonly CloudRequest[];
    stop(): Promise<void>;
}

/**
 * Starts it on loopback, empty but for one access policy, in the shape of
 * https://grafana.com/docs/grafana-cloud/developer-resources/api-reference/cloud-api/. What it does
 * not know is answered 501. It lets nobody in anywhere: that is for whoever is told of each change.
 *
 * @param onChange Told once a token is minted or deleted, before that is answered.
 */
export async function startGrafanaCloud(
    onChange: (tokens: readonly CloudToken[]) => Promise<unknown> = () => Promise.resolve(),
    policy: { readonly scopes?: readonly string[] } = {},
): Promise<GrafanaCloud> {
    const state = new State(onChange, policy.scopes ?? ["metrics:write"]);
    const requests: CloudRequest[] = [];
    const server = createServer((request, response) => {
        const { method = "", url = "" } = request;
        const { pathname, searchParams } = new URL(url, "http://grafana.test");
        void state.answer(request, pathname, searchParams).then(([status, body]) => {
            requests.push({ method, path: pathname, status });
            response.writeHead(status, { "content-type": "application/json" });
            response.end(body === undefined ? undefined : JSON.stringify(body));
        });
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    return {
        url: `http://127.0.0.1:${port}`,
        region: REGION,
        accessPolicyId: state.accessPolicyId,
        token: state.token,
        get tokens() {
            return [...state.tokens];
        },
        requests,
        stop: () =>
            new Promise((resolve) => {
                server.close(() => {
                    resolve();
                });
                server.closeAllConnections();
            }),
    };
}

type Answer = readonly [status: number, body?: unknown];

class State {
    readonly accessPolicyId = randomUUID();
    readonly token = mintToken();
    tokens: readonly CloudToken[] = [];
    readonly #onChange: (tokens: readonly CloudToken[]) => Promise<unknown>;
    readonly #scopes: readonly string[];

    constructor(
        onChange: (tokens: readonly CloudToken[]) => Promise<unknown>,
        scopes: readonly string[],
    ) {
        this.#onChange = onChange;
        this.#scopes = scopes;
    }

    async answer(request: IncomingMessage, path: string, query: URLSearchParams): Promise<Answer> {
        const { method, headers } = request;
        if (headers.authorization !== `Bearer ${this.token}`) return fault(401, "Unauthorized");
        const region = query.get("region");
        if (region === null) return fault(400, "region is required");
        if (method !== "GET" && headers["x-request-id"] === undefined) {
            return fault(400, "x-request-id is required");
        }
        const [, collection, id] =
            /^\/api\/v1\/(accesspolicies|tokens)(?:\/([^/]+))?$/.exec(path) ?? [];
        const isHere = region === REGION;
        switch (`${method ?? ""} ${collection ?? ""}${id === undefined ? "" : "/id"}`) {
            case "GET accesspolicies/id":
                return isHere && id === this.accessPolicyId ? [200, this.#policy()] : NONE;
            case "GET tokens": {
                const name = query.get("name");
                const found = this.tokens.filter(
                    (one) => isHere && [null, one.name].includes(name),
                );
                return [200, { items: found.map(publicOf), metadata: {} }];
            }
            case "GET tokens/id": {
                const found = this.tokens.find((one) => isHere && one.id === id);
                return found ? [200, publicOf(found)] : NONE;
            }
            case "POST tokens":
                return this.#mint(await json(request), isHere);
            case "DELETE tokens/id": {
                if (!this.tokens.some((one) => isHere && one.id === id)) return NONE;
                await this.#become(this.tokens.filter((one) => one.id !== id));
                return [204];
            }
            default:
                return fault(
                    501,
                    `the sandbox's Grafana Cloud does not know ${method ?? ""} ${path}`,
                );
        }
    }

    async #mint(asked: unknown, isHere: boolean): Promise<Answer> {
        const { name, accessPolicyId, displayName, expiresAt } = asked as Partial<CloudToken>;
        if (!isHere || accessPolicyId !== this.accessPolicyId) return NONE;
        if (name === undefined || !/^[a-z0-9_-]{1,255}$/.test(name)) {
            return fault(400, "name must be 1 to 255 of a-z, 0-9, - and _");
        }
        if (this.tokens.some((one) => one.name === name)) {
            return fault(409, "Field is required to be unique: name");
        }
        const at = new Date().toISOString();
        const made: CloudToken = {
            ...{ id: randomUUID(), accessPolicyId, name, displayName: displayName ?? name },
            ...(expiresAt !== undefined && { expiresAt }),
            ...{ createdAt: at, updatedAt: at },
            token: mintToken(),
        };
        await this.#become([...this.tokens, made]);
        return [200, made];
    }

    async #become(tokens: readonly CloudToken[]): Promise<void> {
        this.tokens = tokens;
        await this.#onChange(tokens);
    }

    #policy(): object {
        const name = "remote-write";
        return { id: this.accessPolicyId, name, scopes: this.#scopes, status: "active" };
    }
}

const NONE: Answer = fault(404, "Not found");

function fault(status: number, message: string): Answer {
    return [status, { code: String(status), message, requestId: randomUUID() }];
}

/** A value is told once, when it is minted. */
function publicOf(token: CloudToken): object {
    return { ...token, token: undefined };
}

/** In the form of theirs. */
function mintToken(): string {
    return `glc_${randomBytes(60).toString("base64")}`;
}
