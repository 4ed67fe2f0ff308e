import { type IncomingMessage, request, type ServerResponse } from "node:http";

/** Answers a request with what is answered elsewhere; ends the connection where nothing is. */
export function passOn(incoming: IncomingMessage, answer: ServerResponse, to: URL): void {
    const { method, headers } = incoming;
    // As the program asks: each probe on a connection of its own
    const passed = request(to, { method, headers, agent: false });
    passed.on("response", (found: IncomingMessage) => {
        answer.writeHead(found.statusCode ?? 502, found.headers);
        found.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    incoming.pipe(passed);
}
