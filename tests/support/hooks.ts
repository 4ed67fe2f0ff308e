import { credentials } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/callback_grpc_pb.js";
import callbacks from "@pulumi/pulumi/proto/callback_pb.js";
import type {
    Callback,
    CallbackInvokeRequest,
    CallbackInvokeResponse,
} from "@pulumi/pulumi/proto/callback_pb.js";
import resources from "@pulumi/pulumi/proto/resource_pb.js";
import type { RegisterResourceHookRequest } from "@pulumi/pulumi/proto/resource_pb.js";

/** The hooks a program registered, and a way to call them: over gRPC, as the engine does. */
export class Hooks {
    readonly #callbacks = new Map<string, Callback>();

    register(request: RegisterResourceHookRequest): void {
        const callback = request.getCallback();
        if (callback) this.#callbacks.set(request.getName(), callback);
    }

    /** Calls the hook of this name; rejects with what it says is wrong. */
    async call(name: string): Promise<void> {
        const callback = this.#callbacks.get(name);
        if (!callback) throw new Error(`hook ${name} is not registered`);
        const request = new callbacks.CallbackInvokeRequest();
        request.setToken(callback.getToken());
        request.setRequest(new resources.ResourceHookRequest().serializeBinary());
        const response = await invoke(callback.getTarget(), request);
        const answer = resources.ResourceHookResponse.deserializeBinary(
            response.getResponse_asU8(),
        );
        if (answer.getError()) throw new Error(answer.getError());
    }
}

async function invoke(
    target: string,
    request: CallbackInvokeRequest,
): Promise<CallbackInvokeResponse> {
    const client = new services.CallbacksClient(target, credentials.createInsecure());
    try {
        return await new Promise((resolve, reject) => {
            client.invoke(request, (error, response) => {
                if (error) reject(error);
                else resolve(response);
            });
        });
    } finally {
        client.close();
    }
}
