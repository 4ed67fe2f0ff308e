import { type sendUnaryData, type ServerUnaryCall, status } from "@grpc/grpc-js";

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
                    const details = error instanceof Error ? error.message : String(error);
                    callback({ code: status.UNKNOWN, details });
                },
            );
    };
}
