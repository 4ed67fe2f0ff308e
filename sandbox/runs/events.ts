import type { sendUnaryData, ServerReadableStream } from "@grpc/grpc-js";
import service from "@pulumi/pulumi/proto/events_grpc_pb.js";
import type { EventRequest } from "@pulumi/pulumi/proto/events_pb.js";
import { serveGrpc } from "../plugins/grpcServer.ts";

/** Takes in what engines report of their work. */
export interface EventReceiver<T> {
    /** What `--event-log` is given. */
    readonly address: string;
    /** In the order they came. */
    readonly events: readonly T[];
    stop(): void;
}

/**
 * Starts listening on loopback; `onEvent` is told of each event as it comes.
 *
 * The engine reports in memory, not to a file: among its events are the SDK's debug messages, which
 * hold outputs of resources in plain text, secret ones too (engine and SDK 3.259), and a file would
 * keep them. They are dropped here.
 */
export async function receiveEvents<T>(onEvent?: (event: T) => void): Promise<EventReceiver<T>> {
    const events: T[] = [];
    // The answer is an empty message: no bytes.
    const streamEvents = { ...service.EventsService.streamEvents, responseSerialize: empty };
    const receive = (
        call: ServerReadableStream<EventRequest, unknown>,
        answer: sendUnaryData<unknown>,
    ) => {
        call.on("data", (request: EventRequest) => {
            const event = JSON.parse(request.getEvent()) as T & Diagnostic;
            if (event.diagnosticEvent?.severity === "debug") return;
            events.push(event);
            onEvent?.(event);
        });
        call.on("end", () => {
            answer(null, {});
        });
    };
    const { server, port } = await serveGrpc((server) => {
        server.addService({ streamEvents }, { streamEvents: receive });
    });
    return {
        address: `tcp://127.0.0.1:${port}`,
        events,
        stop: () => {
            server.forceShutdown();
        },
    };
}

interface Diagnostic {
    readonly diagnosticEvent?: { readonly severity: string };
}

function empty(): Buffer {
    return Buffer.alloc(0);
}
