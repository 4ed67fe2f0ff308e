import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { passOn } from "../../sandbox/parts/passOn.ts";

/** Passes requests on to a server, with another path or not at all. */
export class Front {
    readonly #rewrite: (path: string) => string;
    #server: Server | undefined;
    #to = "";
    #port = 0;

    constructor(rewrite: (path: string) => string = (path) => path) {
        this.#rewrite = rewrite;
    }

    /** Listens, where it did before if it did; resolves to its URL. */
    async start(to = this.#to): Promise<string> {
        this.#to = to;
        const server = createServer((incoming, answer) => {
            passOn(incoming, answer, new URL(this.#rewrite(incoming.url ?? ""), to));
        });
        this.#server = server;
        await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
        this.#port = (server.address() as AddressInfo).port;
        return `http://127.0.0.1:${this.#port}`;
    }

    /** Is down; connections end. */
    async stop(): Promise<void> {
        const server = this.#server;
        this.#server = undefined;
        if (!server) return;
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
    }
}
