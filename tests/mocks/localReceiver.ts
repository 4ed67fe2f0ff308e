import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A receiver: a local server that answers a push as told. */
export class LocalReceiver {
    /** Where to push to, once started. */
    url = "";
    /** The credential of each push so far, undefined for a push without. */
    readonly asked: (string | undefined)[] = [];
    /** The status for a credential. Refuses everything unless told otherwise. */
    answer: (token: string | undefined) => number = () => 401;
    readonly #server = createServer((request, response) => {
        const token = request.headers.authorization?.replace(/^Bearer /, "");
        this.asked.push(token);
        response.writeHead(this.answer(token)).end();
    });

    async start(): Promise<void> {
        await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
        this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1/write`;
    }

    /** Stops it, unless it is. */
    async stop(): Promise<void> {
        this.#server.closeAllConnections();
        await new Promise((resolve) => this.#server.close(resolve));
    }
}
