/** What a resource's URN says of it. */
export interface UrnParts {
    /** Such as `kubernetes:core/v1:Secret`. */
    readonly type: string;
    /** The class of the component of ours it is in, such as `Receiver`; empty where it is in none. */
    readonly component: string;
    readonly name: string;
}

/** `urn:pulumi:<stack>::<project>::<parents' types>$<type>::<name>` */
export function partsOfUrn(urn: string): UrnParts {
    const [, , types = "", name = ""] = urn.split("::");
    const chain = types.split("$");
    const component = chain.at(-2)?.split(":").at(-1) ?? "";
    return { type: chain.at(-1) ?? "", component, name };
}

/** The stack and our components are no objects of their own. */
export function isComponent(urn: string): boolean {
    return /^(prometheus-write-secret:index|pulumi:pulumi):/.test(partsOfUrn(urn).type);
}
