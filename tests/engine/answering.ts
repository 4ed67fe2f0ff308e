import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Something that takes pushes and stores nothing. */
export interface Answering {
    /** Where to push. */
    readonly url: string;
    stop(): Promise<void>;
}

/** Starts it on loopback; it answers with the status `judge` gives to the bearer token, if there is one. */
export async function answering(judge: (token: string | undefined) => number): Promise<Answering> {
    const server = createServer((request, response) => {
        request.resume();
        response.writeHead(judge(request.headers.authorization?.replace("Bearer ", ""))).end();
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    return {
        url: `http://127.0.0.1:${port}/api/v1/write`,
        stop: () =>
            new Promise((resolve) => {
                server.close(() => {
                    resolve();
                });
                server.closeAllConnections();
            }),
    };
}
