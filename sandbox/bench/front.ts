import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { passOn } from "../parts/passOn.ts";

/** A request to a receiver or to what it passes pushes on to. In milliseconds of this process. */
export interface FrontRequest {
    readonly kind: "push" | "metrics" | "query";
    /** Whether it came with a credential. */
    readonly withCredential: boolean;
    readonly start: number;
    readonly end: number;
}

/** Stands before a receiver, passes everything on, and remembers when. */
export interface Front {
    /** Without a slash at its end. */
    readonly url: string;
    /** In the order they were answered. */
    readonly requests: readonly FrontRequest[];
    stop(): Promise<void>;
}

/** Starts a front on loopback before a receiver and a store, both `http:` without a path. */
export async function startFront(receiver: string, store: string): Promise<Front> {
    const requests: FrontRequest[] = [];
    const server = createServer((incoming, response) => {
        const kind = kindOf(incoming.url ?? "");
        const withCredential = incoming.headers.authorization !== undefined;
        const start = performance.now();
        response.on("close", () => {
            requests.push({ kind, withCredential, start, end: performance.now() });
        });
        passOn(
            incoming,
            response,
            new URL(incoming.url ?? "", kind === "query" ? store : receiver),
        );
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, requests, stop: () => close(server) };
}

function kindOf(url: string): FrontRequest["kind"] {
    if (url.startsWith("/api/v1/query")) return "query";
    return url.startsWith("/metrics") ? "metrics" : "push";
}

async function close(server: Server): Promise<void> {
    await new Promise<void>((resolve) => {
        server.close(() => {
            resolve();
        });
        server.closeAllConnections();
    });
}
