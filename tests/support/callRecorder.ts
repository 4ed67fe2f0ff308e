import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A proxy before an emulated AWS that remembers which calls it passed on. */
export interface CallRecorder {
    readonly url: string;
    /** The calls since the last time, such as `kms:DescribeKey`, sorted, each once. */
    take(): readonly string[];
    stop(): Promise<void>;
}

/** Starts to record the calls that go to `target`, each as `name` has it. */
export async function recordCalls(
    target: string,
    name: (incoming: IncomingMessage, body: string) => string = nameCall,
): Promise<CallRecorder> {
    const calls = new Set<string>();
    const server = createServer((incoming, outgoing) => {
        void buffer(incoming).then((body) => {
            calls.add(name(incoming, body.toString()));
            const { method, headers, url = "/" } = incoming;
            const onward = request(new URL(url, target), { method, headers }, (answer) => {
                outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
                answer.pipe(outgoing);
            });
            onward.on("error", () => outgoing.destroy());
            onward.end(body);
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        take: () => {
            const taken = [...calls].sort();
            calls.clear();
            return taken;
        },
        stop: () => stopServer(server),
    };
}

/**
 * The action of IAM that a call needs. Which service is meant stands in the signature; the action
 * in a header, where the service speaks JSON, or in the body, where it speaks the query protocol.
 */
function nameCall({ headers, method, url }: IncomingMessage, body: string): string {
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(
        headers.authorization ?? "",
    )?.[1];
    const target = headers["x-amz-target"];
    const action =
        typeof target === "string"
            ? target.split(".").at(-1)
            : new URLSearchParams(body).get("Action");
    return `${service ?? "unsigned"}:${action ?? `${method ?? ""} ${url ?? ""}`}`;
}

async function stopServer(server: Server): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
}
