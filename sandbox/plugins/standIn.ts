// What the stand-ins for plugins of providers have in common: each makes the few resources of this
// project by the real API of its vendor, as the official plugin would, and refuses everything else.
import provider from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { answering, serveGrpc } from "./grpcServer.ts";

/** Inputs or outputs of a resource. */
export type Properties = Readonly<Record<string, unknown>>;

/** What a refresh finds of a resource. */
export interface Refreshed {
    readonly inputs: Properties;
    readonly outputs?: Properties;
}

/** How resources of one type are made. */
export interface StandInResource {
    /** Inputs that are changed in place; a change of others replaces the resource. */
    readonly updates: readonly string[];
    create(inputs: Properties): Promise<{ id: string; outputs: Properties }>;
    /**
     * What is there of what was asked for, as inputs, and what else is known; undefined where it is
     * gone.
     */
    read(id: string, inputs: Properties): Promise<Refreshed | undefined>;
    update(id: string, inputs: Properties): Promise<unknown>;
    delete(id: string, outputs: Properties): Promise<unknown>;
}

/** A plugin that is stood in for. */
export interface StandIn {
    /** What errors call it. */
    readonly name: string;
    readonly version: string;
    /** What it makes, by type. */
    readonly resources: Readonly<Record<string, StandInResource>>;
    /** What the provider is configured with. */
    readonly configure: (args: Properties) => void;
    /** What it answers to functions, by token. */
    readonly functions?: Readonly<Record<string, () => Promise<Properties>>>;
}

type JavaScript = Parameters<typeof structs.Struct.fromJavaScript>[0];

const read = (struct: structs.Struct | undefined): Properties => struct?.toJavaScript() ?? {};

const write = (properties: Properties): structs.Struct =>
    structs.Struct.fromJavaScript(properties as JavaScript);

/** Configuration with its secrets opened: the engine marks them before it knows who reads them. */
const opened = (properties: Properties): Properties =>
    Object.fromEntries(
        Object.entries(properties).map(([key, value]) => {
            const { [specialSigKey]: mark, value: secret } = Object(value) as Properties;
            return [key, mark === specialSecretSig ? secret : value] as const;
        }),
    );

/** Inputs of ours: the engine adds names that begin with two underscores. */
const own = (properties: Properties): Properties =>
    Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__")));

export const text = (properties: Properties, key: string): string => {
    const value = properties[key];
    if (typeof value === "string") return value;
    throw new Error(`${key} must be a text`);
};

export const fixed = () => Promise.reject(new Error("nothing of this resource changes in place"));

/** Serves a plugin, and says at which port, as the engine asks plugins to. */
export async function serveStandIn({
    name,
    version,
    resources,
    configure,
    functions = {},
}: StandIn): Promise<void> {
    const calls = callsOf(name, resources);
    const { port } = await serveGrpc((server) => {
        server.addService(provider.ResourceProviderService, {
            getPluginInfo: answering(() => new plugin.PluginInfo().setVersion(version)),
            checkConfig: answering((request: messages.CheckRequest) =>
                new messages.CheckResponse().setInputs(request.getNews()),
            ),
            diffConfig: answering(() => new messages.DiffResponse()),
            configure: answering((request: messages.ConfigureRequest) => {
                configure(opened(read(request.getArgs())));
                // Without secrets accepted, the engine marks outputs as secret whose inputs were.
                return new messages.ConfigureResponse().setSupportspreview(false);
            }),
            ...calls,
            invoke: answering(async (request: messages.InvokeRequest) => {
                const { [request.getTok()]: answer } = functions;
                if (answer) return new messages.InvokeResponse().setReturn(write(await answer()));
                throw new Error(
                    `the stand-in for the ${name} plugin does not know ${request.getTok()}`,
                );
            }),
            cancel: answering(() => new empty.Empty()),
        });
    });
    process.on("SIGINT", () => process.exit(0)).on("SIGTERM", () => process.exit(0));
    console.log(port);
}

/** What the engine asks about resources. */
function callsOf(name: string, resources: StandIn["resources"]) {
    const resourceOf = (urn: string) => {
        const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
        const resource = resources[type];
        if (resource) return resource;
        throw new Error(`the stand-in for the ${name} plugin does not make ${type}`);
    };
    return {
        check: answering((request: messages.CheckRequest) => {
            resourceOf(request.getUrn());
            return new messages.CheckResponse().setInputs(request.getNews());
        }),
        diff: answering((request: messages.DiffRequest) =>
            diff(request, resourceOf(request.getUrn())),
        ),
        create: answering(async (request: messages.CreateRequest) => {
            const inputs = own(read(request.getProperties()));
            const { id, outputs } = await resourceOf(request.getUrn()).create(inputs);
            const properties = write({ ...inputs, ...outputs, id });
            return new messages.CreateResponse().setId(id).setProperties(properties);
        }),
        read: answering((request: messages.ReadRequest) =>
            refresh(request, resourceOf(request.getUrn())),
        ),
        update: answering(async (request: messages.UpdateRequest) => {
            const inputs = own(read(request.getNews()));
            await resourceOf(request.getUrn()).update(request.getId(), inputs);
            const properties = write({ ...read(request.getOlds()), ...inputs });
            return new messages.UpdateResponse().setProperties(properties);
        }),
        delete: answering(async (request: messages.DeleteRequest) => {
            const outputs = read(request.getProperties());
            await resourceOf(request.getUrn()).delete(request.getId(), outputs);
            return new empty.Empty();
        }),
    };
}

function diff(request: messages.DiffRequest, { updates }: StandInResource): messages.DiffResponse {
    const [olds, news] = [own(read(request.getOldInputs())), own(read(request.getNews()))];
    const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
        (key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
    );
    const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
    return new messages.DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList(changed)
        .setReplacesList(changed.filter((key) => !updates.includes(key)));
}

/** What is there now; an answer without an id says that it is gone. */
async function refresh(
    request: messages.ReadRequest,
    resource: StandInResource,
): Promise<messages.ReadResponse> {
    const [id, inputs] = [request.getId(), own(read(request.getInputs()))];
    const found = await resource.read(id, inputs);
    if (!found) return new messages.ReadResponse();
    const outputs = { ...read(request.getProperties()), ...found.inputs, ...found.outputs, id };
    return new messages.ReadResponse()
        .setId(id)
        .setInputs(write(found.inputs))
        .setProperties(write(outputs));
}
