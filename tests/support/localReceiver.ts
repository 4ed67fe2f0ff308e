import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Certificate } from "../../sandbox/kubernetes/certificates.ts";

/** A receiver: a local server that answers a push, a query and a look at its counters as told. */
export class LocalReceiver {
    /** Where to push to, once started. */
    url = "";
    /** Where its counters are, likewise. */
    metricsUrl = "";
    /** Where to query what was pushed, likewise. */
    queryUrl = "";
    /** The credential of each push so far, undefined for a push without. */
    readonly asked: (string | undefined)[] = [];
    /** The status for a credential. Refuses everything unless told otherwise. */
    answer: (token: string | undefined) => number = () => 401;
    /**
     * The generations it counts, and the requests with each between the first look and the second.
     */
    rates: Readonly<Record<string, number>> = {};
    /** How often somebody looked at its counters. */
    looks = 0;
    /** The samples pushed and taken, by their value. */
    readonly stored: number[] = [];
    /** Whether it tells what is stored. */
    tells = true;
    readonly #origin: string;
    readonly #server: Server;

    /** @param tls What it shows to whoever comes by https; it speaks plain http without. */
    constructor(tls?: Certificate) {
        const serve = (request: IncomingMessage, response: ServerResponse) => {
            void this.#serve(request, response);
        };
        this.#origin = `${tls ? "https" : "http"}://127.0.0.1`;
        this.#server = tls
            ? createTlsServer({ cert: tls.certificate, key: tls.key }, serve)
            : createServer(serve);
    }

    async start(): Promise<void> {
        await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
        const origin = `${this.#origin}:${(this.#server.address() as AddressInfo).port}`;
        this.url = `${origin}/api/v1/write`;
        this.metricsUrl = `${origin}/metrics`;
        this.queryUrl = `${origin}/api/v1/query`;
    }

    /** Stops it, unless it is. */
    async stop(): Promise<void> {
        this.#server.closeAllConnections();
        await new Promise((resolve) => this.#server.close(resolve));
    }

    async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
        if (request.url === "/metrics") {
            response.end(this.#count());
        } else if (request.url?.startsWith("/api/v1/query?")) {
            const result = this.tells
                ? this.stored.map((value) => ({ value: [0, String(value)] }))
                : [];
            response.end(JSON.stringify({ data: { result: result.slice(-1) } }));
        } else {
            const token = request.headers.authorization?.replace(/^Bearer /, "");
            this.asked.push(token);
            const status = this.answer(token);
            const body = await buffer(request);
            // A sample ends with its value, and its time: one byte and another six.
            if (status < 300 && body.length > 15)
                this.stored.push(body.readDoubleLE(body.length - 15));
            response.writeHead(status).end();
        }
    }

    #count(): string {
        this.looks++;
        return Object.entries(this.rates)
            .map(([label, rate]) => {
                return `vmauth_user_requests_total{username="${label}"} ${rate * Math.min(this.looks, 2)}\n`;
            })
            .join("");
    }
}
