import {
    type sendUnaryData,
    Server,
    ServerCredentials,
    type ServerUnaryCall,
    status,
} from "@grpc/grpc-js";
import { promisify } from "node:util";
import { messageOf } from "../parts/words.ts";

/** Serves on loopback what `add` adds, whatever the size of messages; says at which port. */
export async function serveGrpc(
    add: (server: Server) => void,
): Promise<{ readonly server: Server; readonly port: number }> {
    const server = new Server({ "grpc.max_receive_message_length": -1 });
    add(server);
    const bind = promisify(server.bindAsync.bind(server));
    const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
    return { server, port };
}

/** A handler of gRPC calls: answers by what `work` returns, or by its error. */
export function answering<Request, Response>(
    work: (request: Request) => Response | Promise<Response>,
) {
    return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
        Promise.resolve(call.request)
            .then(work)
            .then(
                (response) => {
                    callback(null, response);
                },
                (error: unknown) => {
                    callback({ code: status.UNKNOWN, details: messageOf(error) });
                },
            );
    };
}
