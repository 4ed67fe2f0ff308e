import { findInClient } from "./client.ts";
import { type Candidate, type Form, type Machine, parseAuthorization } from "./place.ts";
import { valueOrMissing } from "./standIn.ts";
import { entriesOf, valueAt } from "./yaml.ts";

/** A key of a Secret, as manifests refer to it: a `SecretKeySelector`. */
export interface Reference {
    readonly name: string;
    readonly key: string;
}

/** What a Secret holds under a key, or why that is not known. */
export type Held = Pick<Candidate, "value" | "missing" | "age" | "plaintext" | "advice">;

/** A list of `remoteWrite` entries, and what to make of what it refers to. */
export interface Manifest {
    /** Names a path in it. */
    readonly place: (path: string) => string;
    /** What to do about a credential that stands in it in plain text. */
    readonly advice: string;
    readonly machine: Machine;
    readonly resolve: (reference: Reference) => Held | Promise<Held>;
}

/** Paths of a client's credential and of the name that goes with it. */
type Pair = readonly [kind: Form, secret: readonly string[], name?: readonly string[]];

/** `RemoteWriteSpec` of prometheus-operator 0.93, and what vmagent's chart makes flags of. */
const PAIRS: readonly Pair[] = [
    ["basic auth", ["basicAuth", "password"], ["basicAuth", "username"]],
    ["bearer token", ["authorization", "credentials"]],
    ["bearer token", ["bearerToken"]],
    ["OAuth2 client secret", ["oauth2", "clientSecret"], ["oauth2", "clientId"]],
    [
        "OAuth2 client secret",
        ["azureAd", "oauth", "clientSecret"],
        ["azureAd", "oauth", "clientId"],
    ],
    ["SigV4 secret key", ["sigv4", "secretKey"], ["sigv4", "accessKey"]],
];

/** The credentials of one entry of `remoteWrite`, in the operator's words or in Prometheus'. */
export async function findInEntry(entry: unknown, manifest: Manifest): Promise<Candidate[]> {
    const found: Candidate[] = [];
    for (const pair of PAIRS) found.push(...(await findPair(entry, pair, manifest)));
    const { place, advice, machine } = manifest;
    const inPod: Machine = {
        ...machine,
        readFile: () => {
            throw new Error("it is a file in the pod: give the Secret that is mounted there");
        },
    };
    // A reference in `authorization` was followed above; a text there is as Prometheus has it.
    const client = Object.fromEntries(
        entriesOf(entry).filter(
            ([key, value]) =>
                key !== "authorization" || typeof valueAt(value, "credentials") !== "object",
        ),
    );
    return [...found, ...findInClient(client, { machine: inPod, directory: "/", place, advice })];
}

async function findPair(
    entry: unknown,
    [kind, path, namePath]: Pair,
    manifest: Manifest,
): Promise<Candidate[]> {
    const setting = valueAt(entry, ...path);
    if (setting === undefined || setting === "") return [];
    if (path[0] === "authorization" && typeof setting === "string") return [];
    const reference = parseReference(setting);
    const name = namePath && valueAt(entry, ...namePath);
    const held = await hold(setting, manifest);
    const target = reference ? ` (Secret ${reference.name}, key ${reference.key})` : "";
    return [
        {
            place: manifest.place(path.join(".")) + target,
            kind,
            username: name === undefined ? undefined : (await hold(name, manifest)).value,
            ...held,
            ...parseScheme(path[0] === "authorization" ? entry : {}, held),
        },
    ];
}

/** What stands behind `authorization.type` in the header, where that is not `Bearer`. */
function parseScheme(entry: unknown, { value }: Held): Partial<Candidate> {
    const type = valueAt(entry, "authorization", "type");
    if (typeof type !== "string" || type === "" || /^bearer$/i.test(type)) return {};
    if (value !== undefined) return parseAuthorization(`${type} ${value.trim()}`);
    return { kind: /^basic$/i.test(type) ? "basic auth" : "custom header" };
}

async function hold(setting: unknown, { resolve, advice }: Manifest): Promise<Held> {
    const reference = parseReference(setting) ?? parseReference(valueAt(setting, "secret"));
    if (reference) return resolve(reference);
    if (typeof setting !== "string") {
        return { missing: "it refers to no key of a Secret: check it there", plaintext: false };
    }
    const held = valueOrMissing(setting);
    return held.value ? { ...held, plaintext: true, advice } : { ...held, plaintext: false };
}

function parseReference(setting: unknown): Reference | undefined {
    const [name, key] = [valueAt(setting, "name"), valueAt(setting, "key")];
    return typeof name === "string" && typeof key === "string" ? { name, key } : undefined;
}

/** A key of this name holds no credential by itself. */
const NO_CREDENTIAL =
    /^(?:user(?:name)?|login|client_?id|access_?key(?:_?id)?|ca\.crt|tls\.(?:crt|key)|namespace|url)$/i;
const CREDENTIAL = /pass|pwd|token|secret|credential|api_?key|bearer/i;

/**
 * The keys of a Secret that look like a credential: by name, else all that do not look like
 * something else.
 */
export function likelyKeys(keys: readonly string[]): readonly string[] {
    const possible = keys.filter((key) => !NO_CREDENTIAL.test(key));
    const likely = possible.filter((key) => CREDENTIAL.test(key));
    return likely.length > 0 ? likely : possible;
}

/**
 * What a Secret's key is, by its name and those beside it. `auth` beside `username` is a password.
 */
export function judgeKey(
    key: string,
    data: Readonly<Record<string, string>>,
): Pick<Candidate, "kind" | "username"> {
    const user = entriesOf(data).find(([name]) => /^(?:user(?:name)?|login)$/i.test(name))?.[1];
    const username = typeof user === "string" ? user.trim() : undefined;
    if (/client_?secret/i.test(key)) return { kind: "OAuth2 client secret" };
    if (/secret_?(?:access_?)?key/i.test(key)) return { kind: "SigV4 secret key" };
    if (/token|bearer/i.test(key)) return { kind: "bearer token" };
    const isPassword = username !== undefined || /pass|pwd/i.test(key);
    return isPassword ? { kind: "basic auth", username } : { kind: "bearer token" };
}
