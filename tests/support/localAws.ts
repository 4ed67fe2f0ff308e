import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const MISSING = { __type: "ResourceNotFoundException", message: "there is no such secret" };

/**
 * Secrets Manager as far as it is asked whether a secret is there. It is where the SDK of AWS finds
 * it from {@link start} to {@link stop}.
 */
export class LocalAws {
    /** The secret that is there, by its name. */
    secret: string | undefined;
    readonly #server: Server;
    #former: NodeJS.ProcessEnv = {};

    constructor() {
        this.#server = createServer((request, response) => {
            const chunks: Buffer[] = [];
            request.on("data", (chunk: Buffer) => chunks.push(chunk));
            request.on("end", () => {
                const { SecretId } = JSON.parse(Buffer.concat(chunks).toString()) as {
                    SecretId: string;
                };
                const isThere = SecretId === this.secret;
                response.writeHead(isThere ? 200 : 400, {
                    "Content-Type": "application/x-amz-json-1.1",
                });
                response.end(JSON.stringify(isThere ? { Name: SecretId } : MISSING));
            });
        });
    }

    async start(): Promise<void> {
        await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
        const { port } = this.#server.address() as AddressInfo;
        const environment = {
            AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
            AWS_ACCESS_KEY_ID: "test",
            AWS_SECRET_ACCESS_KEY: "test",
        };
        for (const name of Object.keys(environment)) this.#former[name] = process.env[name];
        Object.assign(process.env, environment);
    }

    stop(): void {
        for (const [name, value] of Object.entries(this.#former)) {
            if (value === undefined) Reflect.deleteProperty(process.env, name);
            else process.env[name] = value;
        }
        this.#server.closeAllConnections();
        this.#server.close();
    }
}
