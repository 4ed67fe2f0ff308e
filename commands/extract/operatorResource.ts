import { findInClient, lookUp, readFile, type Site } from "./client.ts";
import { Elsewhere } from "./elsewhere.ts";
import { type Candidate, type Form, parseAuthorization } from "./place.ts";
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
export interface Manifest extends Omit<Site, "directory"> {
    readonly resolve: (reference: Reference) => Held;
}

/** Paths of a client's credential and of the name that goes with it. */
type Pair = readonly [kind: Form, secret: readonly string[], name?: readonly string[]];

/**
 * `RemoteWriteSpec` of prometheus-operator 0.93, `VMAgentRemoteWriteSpec` of VictoriaMetrics'
 * operator 0.65, and what vmagent's chart makes flags of.
 */
const PAIRS: readonly Pair[] = [
    ["basic auth", ["basicAuth", "password"], ["basicAuth", "username"]],
    ["bearer token", ["authorization", "credentials"]],
    ["bearer token", ["bearerToken"]],
    ["bearer token", ["bearerTokenSecret"]],
    ["OAuth2 client secret", ["oauth2", "clientSecret"], ["oauth2", "clientId"]],
    ["OAuth2 client secret", ["oauth2", "client_secret"], ["oauth2", "client_id"]],
    [
        "OAuth2 client secret",
        ["azureAd", "oauth", "clientSecret"],
        ["azureAd", "oauth", "clientId"],
    ],
    ["SigV4 secret key", ["sigv4", "secretKey"], ["sigv4", "accessKey"]],
];

/** Fields that name a file, in the pod of the sender. */
const FILES: readonly Pair[] = [
    ["basic auth", ["basicAuth", "password_file"], ["basicAuth", "username"]],
    ["basic auth", ["basicAuth", "passwordFile"], ["basicAuth", "username"]],
    ["bearer token", ["authorization", "credentialsFile"]],
    ["bearer token", ["bearerTokenFile"]],
    ["OAuth2 client secret", ["oauth2", "clientSecretFile"], ["oauth2", "clientId"]],
];

/**
 * The credentials of one entry of `remoteWrite`, in the words of an operator or of Prometheus.
 * `manifest.machine` has the files that it names.
 */
export function findInEntry(entry: unknown, manifest: Manifest): Candidate[] {
    // A reference below a key that Prometheus has too is followed here; a text there is as
    // Prometheus has it.
    const isOurs = ([kind, path]: Pair) =>
        kind !== "OAuth2 client secret" ||
        path[1] !== "client_secret" ||
        isReference(valueAt(entry, ...path));
    const client = Object.fromEntries(
        entriesOf(entry)
            .filter(([key, value]) => {
                const path = { authorization: "credentials", oauth2: "client_secret" }[key];
                return path === undefined || !isReference(valueAt(value, path));
            })
            .map(([key, value]) => [key, key === "headers" ? toMapping(value) : value]),
    );
    return [
        ...PAIRS.filter(isOurs).flatMap((pair) => findPair(entry, pair, manifest)),
        ...FILES.flatMap((pair) => findFile(entry, pair, manifest)),
        ...findInClient(client, { ...manifest, directory: "/" }),
    ];
}

function isReference(setting: unknown): boolean {
    return typeof setting === "object" && !(setting instanceof Elsewhere);
}

/** VictoriaMetrics' operator has `headers: ["Name: value"]`. */
function toMapping(headers: unknown): unknown {
    if (!Array.isArray(headers)) return headers;
    return Object.fromEntries(
        headers.flatMap((one: unknown) => {
            const [, name, value] = /^\s*([^:]+?)\s*:\s*(.*)$/s.exec(String(one)) ?? [];
            return name === undefined || value === undefined ? [] : [[name, value]];
        }),
    );
}

function findPair(entry: unknown, [kind, path, namePath]: Pair, manifest: Manifest): Candidate[] {
    const setting = valueAt(entry, ...path);
    if (setting === undefined || setting === "") return [];
    if (path[0] === "authorization" && !isReference(setting)) return [];
    const reference = parseReference(setting);
    const name = namePath && valueAt(entry, ...namePath);
    const held = hold(setting, manifest);
    const target = reference ? ` (Secret ${reference.name}, key ${reference.key})` : "";
    return [
        {
            place: manifest.place(path.join(".")) + target,
            kind,
            username: name === undefined ? undefined : hold(name, manifest).value?.trim(),
            ...held,
            ...parseScheme(path[0] === "authorization" ? entry : {}, held),
        },
    ];
}

function findFile(entry: unknown, [kind, path, namePath]: Pair, manifest: Manifest): Candidate[] {
    const setting = valueAt(entry, ...path);
    if (typeof setting !== "string" || setting === "") return [];
    const name = namePath && valueAt(entry, ...namePath);
    return [
        {
            place: manifest.place(path.join(".")),
            kind,
            username: name === undefined ? undefined : hold(name, manifest).value?.trim(),
            ...readFile(setting, { ...manifest, directory: "/" }),
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

function hold(setting: unknown, { resolve, advice, reading, lookup }: Manifest): Held {
    const reference = parseReference(setting) ?? parseReference(valueAt(setting, "secret"));
    if (reference) return resolve(reference);
    const known = typeof setting === "string" ? lookUp(setting, lookup) : setting;
    if (known instanceof Elsewhere && known.missing !== undefined) {
        return { missing: known.missing, plaintext: false };
    }
    if (typeof known !== "string") {
        return { missing: "it refers to no key of a Secret: check it there", plaintext: false };
    }
    const held = valueOrMissing(known, reading);
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

const USERNAME = /^(?:user(?:_?name)?|login|user_?id|instance_?id|.*[-_.]user(?:name)?)$/i;
/** As Grafana Cloud makes them: sent as the password of an instance number, never as a token. */
const CLOUD_KEY = /^glc_/;

/**
 * What a Secret's key is, by its name and those beside it. `auth` beside `username` is a password.
 */
export function judgeKey(
    key: string,
    data: Readonly<Record<string, string>>,
): Pick<Candidate, "kind" | "username"> {
    const users = entriesOf(data).filter(([name]) => USERNAME.test(name));
    const [user] = users.length === 1 ? users : users.filter(([name]) => isBeside(name, key));
    const username = typeof user?.[1] === "string" ? user[1].trim() : undefined;
    if (/client_?secret/i.test(key)) return { kind: "OAuth2 client secret" };
    if (/secret_?(?:access_?)?key/i.test(key)) return { kind: "SigV4 secret key" };
    const isCloud = CLOUD_KEY.test(data[key] ?? "") || /^[0-9]{3,9}$/.test(username ?? "");
    if (/token|bearer/i.test(key) && !(isCloud && username !== undefined)) {
        return { kind: CLOUD_KEY.test(data[key] ?? "") ? "basic auth" : "bearer token" };
    }
    const isPassword = username !== undefined || /pass|pwd/i.test(key);
    return isPassword ? { kind: "basic auth", username } : { kind: "bearer token" };
}

/** `user` beside `pass`, `rw-username` beside `rw-password`. */
function isBeside(user: string, key: string): boolean {
    const stem = (name: string) => name.replace(/[^-_.]*$/, "");
    return stem(user) === stem(key);
}
