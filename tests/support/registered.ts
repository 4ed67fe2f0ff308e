import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";

/** A resource as a program asked for it. */
export interface Registered {
    /** Type and name, such as `kubernetes:core/v1:Secret east`. */
    readonly id: string;
    /** The {@link id} of the parent, if there is one. */
    readonly parent: string | undefined;
    /** As sent: what is secret has the form of `secret` in mocks.ts. */
    readonly inputs: unknown;
    /**
     * The options that are set, but aliases and versions. Dependencies, those by inputs too, are
     * ids, sorted.
     */
    readonly options: Readonly<Record<string, unknown>>;
}

/** The resource a request asks for. */
export function registeredBy(request: RegisterResourceRequest): Registered {
    return {
        id: `${request.getType()} ${request.getName()}`,
        parent: request.getParent() ? idOf(request.getParent()) : undefined,
        inputs: request.getObject()?.toJavaScript(),
        options: optionsOf(request),
    };
}

function optionsOf(request: RegisterResourceRequest): Registered["options"] {
    const hooks = Object.entries(request.getHooks()?.toObject() ?? {})
        .filter(([, names]) => names.length > 0)
        .map(([key, names]) => [key.replace(/List$/, ""), names] as const);
    const options = {
        dependencies: request.getDependenciesList().map(idOf).sort(),
        provider: request.getProvider() && idOf(request.getProvider()),
        ignoreChanges: request.getIgnorechangesList(),
        replacementTrigger: request.getReplacementTrigger()?.toJavaScript(),
        protect: request.getProtect(),
        retainOnDelete: request.getRetainondelete(),
        deletedWith: request.getDeletedwith() && idOf(request.getDeletedwith()),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        hooks: hooks.length > 0 && Object.fromEntries(hooks),
    };
    const isSet = ([, value]: [string, unknown]) => (Array.isArray(value) ? value.length : value);
    return Object.fromEntries(Object.entries(options).filter(isSet));
}

/** The {@link Registered.id} of a URN or a reference to a provider. */
export function idOf(urn: string): string {
    const [, , types = "", name = ""] = urn.split("::");
    return `${types.split("$").at(-1) ?? ""} ${name}`;
}
