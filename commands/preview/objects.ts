import { isComponent, partsOfUrn } from "../urn.ts";
import type { Step } from "./ask.ts";

/** Something by its name, and what becomes of it. */
export interface Line {
    readonly name: string;
    readonly what: string;
}

/** What the engine calls what it does to a resource, in words; what is not named changes nothing. */
const WORDS: Readonly<Record<string, string>> = {
    create: "is made",
    update: "changes",
    replace: "is made anew",
    "create-replacement": "is made anew",
    "delete-replaced": "is made anew",
    delete: "is removed",
    import: "is taken over",
};

/**
 * What a rotation writes by its nature: types of resources, in which component of ours. The rest of
 * what changes along with a rotation has another reason.
 */
const WRITTEN: Readonly<Record<string, RegExp>> = {
    WriteCredential: /./,
    CredentialMirror: /Stash$|RepositoryFile$/,
    Receiver: /Secret$/,
    Sender: /Secret$/,
    SecretsManager: /SecretVersion$/,
    RotationRecord: /./,
};

/** Whether the engine changes an object. */
export function isChange({ op, urn }: Pick<Step, "op" | "urn">): boolean {
    return op in WORDS && !isComponent(urn);
}

/** Objects that change for another reason than the rotation, and how many change at all. */
export function describeObjects(
    steps: readonly Step[],
    rotates: boolean,
): { readonly others: readonly Line[]; readonly changes: number } {
    // A replacement is three steps on one.
    const changing = new Map(steps.filter(isChange).map((step) => [step.urn, step]));
    const others = [...changing.values()].filter(({ urn }) => !rotates || !isWritten(urn));
    return { others: others.map(describe), changes: changing.size };
}

function isWritten(urn: string): boolean {
    const { type, component } = partsOfUrn(urn);
    return WRITTEN[component]?.test(type) === true;
}

function describe({ op, urn, metadata, properties }: Step): Line {
    const { type, name } = partsOfUrn(urn);
    const kind = type.split(":").at(-1) ?? type;
    const where =
        metadata?.name === undefined
            ? name
            : [metadata.namespace, metadata.name].filter(Boolean).join("/");
    const what = WORDS[op] ?? op;
    const at = what === "changes" && properties.length > 0 ? `: ${properties.join(", ")}` : "";
    return { name: `${kind} ${where}`, what: what + at };
}
