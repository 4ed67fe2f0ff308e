import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";

/** Something that takes pushes. */
export interface Answering {
    /** Where to push. */
    readonly url: string;
    stop(): Promise<void>;
}

/**
 * Starts one on loopback that stores nothing; it answers with the status `judge` gives to the
 * bearer token, if there is one.
 */
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

/**
 * Starts one on loopback that passes every connection on, as a load balancer in front of a receiver
 * does.
 */
export async function passingOn(receiverUrl: string): Promise<Answering> {
    const { hostname, port: target, pathname } = new URL(receiverUrl);
    const open = new Set<Socket>();
    const server = createTcpServer((socket) => {
        const onward = connect(Number(target), hostname);
        for (const [from, to] of [
            [socket, onward],
            [onward, socket],
        ] as const) {
            open.add(from);
            from.pipe(to);
            from.on("error", () => to.destroy()).on("close", () => open.delete(from));
        }
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    return {
        url: `http://127.0.0.1:${port}${pathname}`,
        stop: () =>
            new Promise((resolve) => {
                server.close(() => {
                    resolve();
                });
                for (const socket of open) socket.destroy();
            }),
    };
}
