// Stands in for pulumi-resource-aws, for machines where the official plugin cannot be downloaded:
// it makes the few resources of this project by the real API of AWS, as the official one would, and
// refuses everything else.
import provider from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { answering, serveGrpc } from "./grpcServer.ts";
import { type Properties, useRegion } from "./awsResource.ts";
import { callerIdentity, AWS_RESOURCES } from "./awsResourceTable.ts";

type JavaScript = Parameters<typeof structs.Struct.fromJavaScript>[0];

function resourceOf(urn: string) {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const resource = AWS_RESOURCES[type];
    if (resource) return resource;
    throw new Error(`the stand-in for the AWS plugin does not make ${type}`);
}

const read = (struct: structs.Struct | undefined): Properties => struct?.toJavaScript() ?? {};

const write = (properties: Properties): structs.Struct =>
    structs.Struct.fromJavaScript(properties as JavaScript);

/** Inputs of ours: the engine adds names that begin with two underscores. */
const own = (properties: Properties): Properties =>
    Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__")));

function configure(request: messages.ConfigureRequest): messages.ConfigureResponse {
    useRegion(String(read(request.getArgs())["region"]));
    // Without secrets accepted, the engine marks outputs as secret whose inputs were.
    return new messages.ConfigureResponse().setSupportspreview(false);
}

function check(request: messages.CheckRequest): messages.CheckResponse {
    resourceOf(request.getUrn());
    return new messages.CheckResponse().setInputs(request.getNews());
}

function diff(request: messages.DiffRequest): messages.DiffResponse {
    const [olds, news] = [own(read(request.getOldInputs())), own(read(request.getNews()))];
    const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
        (key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
    );
    const { updates } = resourceOf(request.getUrn());
    const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
    return new messages.DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList(changed)
        .setReplacesList(changed.filter((key) => !updates.includes(key)));
}

async function create(request: messages.CreateRequest): Promise<messages.CreateResponse> {
    const inputs = own(read(request.getProperties()));
    const { id, outputs } = await resourceOf(request.getUrn()).create(inputs);
    return new messages.CreateResponse()
        .setId(id)
        .setProperties(write({ ...inputs, ...outputs, id }));
}

/** What is there now; an answer without an id says that it is gone. */
async function refresh(request: messages.ReadRequest): Promise<messages.ReadResponse> {
    const [id, inputs] = [request.getId(), own(read(request.getInputs()))];
    const found = await resourceOf(request.getUrn()).read(id, inputs);
    if (!found) return new messages.ReadResponse();
    const outputs = { ...read(request.getProperties()), ...found.inputs, ...found.outputs, id };
    return new messages.ReadResponse()
        .setId(id)
        .setInputs(write(found.inputs))
        .setProperties(write(outputs));
}

async function update(request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
    const inputs = own(read(request.getNews()));
    await resourceOf(request.getUrn()).update(request.getId(), inputs);
    return new messages.UpdateResponse().setProperties(
        write({ ...read(request.getOlds()), ...inputs }),
    );
}

async function remove(request: messages.DeleteRequest): Promise<empty.Empty> {
    await resourceOf(request.getUrn()).delete(request.getId(), read(request.getProperties()));
    return new empty.Empty();
}

async function invoke(request: messages.InvokeRequest): Promise<messages.InvokeResponse> {
    if (request.getTok() !== "aws:index/getCallerIdentity:getCallerIdentity") {
        throw new Error(`the stand-in for the AWS plugin does not know ${request.getTok()}`);
    }
    return new messages.InvokeResponse().setReturn(write(await callerIdentity()));
}

const { port } = await serveGrpc((server) => {
    server.addService(provider.ResourceProviderService, {
        getPluginInfo: answering(() => new plugin.PluginInfo().setVersion("7.48.0")),
        checkConfig: answering((request: messages.CheckRequest) =>
            new messages.CheckResponse().setInputs(request.getNews()),
        ),
        diffConfig: answering(() => new messages.DiffResponse()),
        configure: answering(configure),
        check: answering(check),
        diff: answering(diff),
        create: answering(create),
        read: answering(refresh),
        update: answering(update),
        delete: answering(remove),
        invoke: answering(invoke),
        cancel: answering(() => new empty.Empty()),
    });
});
process.on("SIGINT", () => process.exit(0)).on("SIGTERM", () => process.exit(0));
console.log(port);
