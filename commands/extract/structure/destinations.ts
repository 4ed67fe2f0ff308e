import { findInClient } from "../client.ts";
import { Elsewhere } from "../elsewhere.ts";
import type { Candidate } from "../place.ts";
import { entriesOf, valueAt } from "../yaml.ts";
import { noteEntry } from "./entryNotes.ts";
import { siteOf } from "./remoteWrite.ts";
import { below, placeIn, type Recogniser, type Spot } from "./spot.ts";

/** A setting in a client, and where the chart has it: in the values, or as a key of its Secret. */
type Setting = readonly [ours: string, path: string, key: string, usual: string];

/** Chart k8s-monitoring, 2 to 4: `destinations`, a list or by name. */
const AUTH: readonly Setting[] = [
    ["basic_auth.username", "auth.username", "auth.usernameKey", "username"],
    ["basic_auth.password", "auth.password", "auth.passwordKey", "password"],
    ["authorization.credentials", "auth.bearerToken", "auth.bearerTokenKey", "bearerToken"],
    ["oauth2.client_id", "auth.oauth2.clientId", "auth.oauth2.clientIdKey", "clientId"],
    [
        "oauth2.client_secret",
        "auth.oauth2.clientSecret",
        "auth.oauth2.clientSecretKey",
        "clientSecret",
    ],
    ["sigv4.access_key", "auth.sigv4.accessKey", "auth.sigv4.accessKeyKey", "accessKey"],
    ["sigv4.secret_key", "auth.sigv4.secretKey", "auth.sigv4.secretKeyKey", "secretKey"],
];

/** The same chart's version 1: `externalServices.prometheus`. */
const FORMER: readonly Setting[] = [
    ["basic_auth.username", "basicAuth.username", "basicAuth.usernameKey", "username"],
    ["basic_auth.password", "basicAuth.password", "basicAuth.passwordKey", "password"],
    ["authorization.credentials", "bearerToken.token", "bearerToken.tokenKey", "bearerToken"],
    ["oauth2.client_id", "oauth2.clientId", "oauth2.clientIdKey", "id"],
    ["oauth2.client_secret", "oauth2.clientSecret", "oauth2.clientSecretKey", "secret"],
    ["sigv4.access_key", "sigv4.accessKey", "sigv4.accessKeyKey", "accessKey"],
    ["sigv4.secret_key", "sigv4.secretKey", "sigv4.secretKeyKey", "secretKey"],
];

/** Which settings a type of authentication reads. */
const TYPES: Readonly<Record<string, RegExp>> = {
    basic: /^basic_auth/,
    bearertoken: /^authorization/,
    oauth2: /^oauth2/,
    sigv4: /^sigv4/,
};

/** Values of the chart k8s-monitoring. */
export const destinations: Recogniser = (spot, walk) => {
    if (spot.key !== "destinations") return undefined;
    const list: [string | number, unknown][] = Array.isArray(spot.value)
        ? spot.value.map((one: unknown, index): [number, unknown] => [index, one])
        : entriesOf(spot.value);
    if (!list.some(([, one]) => typeof valueAt(one, "type") === "string")) return undefined;
    return list.flatMap(([key, one]) => {
        const inner = below(spot, key, one);
        if (valueAt(one, "type") !== "prometheus") return walk(inner);
        const type = valueAt(one, "auth", "type");
        return read(inner, AUTH, typeof type === "string" ? type : undefined, "url");
    });
};

/** Values of the same chart's version 1. */
export const externalServices: Recogniser = (spot) => {
    if (spot.key !== "externalServices") return undefined;
    const service = valueAt(spot.value, "prometheus");
    if (service === undefined) return undefined;
    const mode = valueAt(service, "authMode");
    const type = typeof mode === "string" ? mode : "basic";
    return read(below(spot, "prometheus", service), FORMER, type, "host");
};

function read(
    spot: Spot,
    settings: readonly Setting[],
    type: string | undefined,
    url: string,
): Candidate[] {
    const { value } = spot;
    const wanted = type === undefined ? undefined : TYPES[type.toLowerCase()];
    const isRead = ([ours]: Setting) => type === undefined || wanted?.test(ours) === true;
    const client: Record<string, unknown> = { url: at(value, url), headers: headersOf(value) };
    for (const setting of settings.filter(isRead)) {
        const held = hold(setting, spot, wanted !== undefined);
        if (held !== undefined) put(client, setting[0], held);
    }
    const name = placeIn(spot);
    const paths = new Map(settings.map(([ours, path]) => [ours, path]));
    const found = findInClient(client, {
        ...siteOf(spot),
        place: (path) => name(path === "url" ? url : (paths.get(path) ?? path)),
    });
    if (found.length === 0) noteEntry(spot);
    return found;
}

/** The values, else an expression of Alloy's, else what the chart reads of an existing Secret. */
function hold([, path, key, usual]: Setting, spot: Spot, isRead: boolean): unknown {
    const { value } = spot;
    const inline = at(value, path);
    if (inline !== undefined && inline !== "") return inline;
    const from = at(value, `${path}From`);
    if (typeof from === "string" && from !== "") return evaluate(from);
    const file = at(value, `${path}File`);
    if (typeof file === "string" && file !== "") return new Elsewhere({ file });
    const name = valueAt(value, "secret", "name");
    if (!isRead || typeof name !== "string" || name === "") return undefined;
    const given = at(value, key);
    const { scene } = spot;
    const namespace = valueAt(value, "secret", "namespace");
    const reference = { name, key: typeof given === "string" && given !== "" ? given : usual };
    const held = scene.shared.secrets.resolve(
        reference,
        typeof namespace === "string" && namespace !== "" ? namespace : scene.namespace,
    );
    return held.value ?? new Elsewhere({ missing: held.missing ?? "" });
}

function evaluate(expression: string): unknown {
    const [, name] = /^\s*(?:sys\.)?env\("([^"]+)"\)\s*$/.exec(expression) ?? [];
    return name === undefined
        ? new Elsewhere({ missing: "Alloy computes it: look where that gets it" })
        : `\${${name}}`;
}

function headersOf(value: unknown): unknown {
    const from = entriesOf(valueAt(value, "extraHeadersFrom")).flatMap(([name, expression]) =>
        typeof expression === "string" ? [[name, evaluate(expression)]] : [],
    );
    return {
        ...(valueAt(value, "extraHeaders") as object | undefined),
        ...(Object.fromEntries(from) as object),
    };
}

function at(value: unknown, path: string): unknown {
    return valueAt(value, ...path.split("."));
}

function put(client: Record<string, unknown>, path: string, held: unknown): void {
    const [group = "", key = ""] = path.split(".");
    client[group] = { ...(client[group] as object | undefined), [key]: held };
}
