import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setEnvironment } from "./environment.ts";

const MISSING = { __type: "ResourceNotFoundException", message: "there is no such secret" };

/**
 * Secrets Manager as far as it is asked whether a secret is there. It is where the SDK of AWS finds
 * it from {@link start} to {@link stop}.
 */
export class LocalAws {
    /** The secret that is there, by its name. */
    secret: string | undefined;
    readonly #server: Server;
    #restore: () => void = () => undefined;

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
        this.#restore = setEnvironment(environment);
    }

    stop(): void {
        this.#restore();
        this.#server.closeAllConnections();
        this.#server.close();
    }
}
