import { basename, resolve } from "node:path";
import { daysSince, type Candidate, type Form, type Machine, parseAuthorization } from "./place.ts";
import { Elsewhere } from "./elsewhere.ts";
import { findStandIn, type Reading, valueOrMissing } from "./standIn.ts";
import { isShowable } from "./suspicion.ts";
import { parseQuery, parseUrl } from "./url.ts";
import { entriesOf, valueAt } from "./yaml.ts";

/** Where a client's settings stand, and how to name them. */
export interface Site {
    readonly machine: Machine;
    /** What relative paths in it are relative to. */
    readonly directory: string;
    /** Names the setting that Prometheus has at a path, such as `basic_auth.password`. */
    readonly place: (path: string) => string;
    /** What to do about a credential that stands there in plain text. */
    readonly advice: string;
    /** How its reader takes what stands there. */
    readonly reading?: Reading | undefined;
    /** What a variable is set to, where that is said there. */
    readonly lookup?: Lookup | undefined;
}

/** What a variable is, by its name; undefined where nothing says it. */
export type Lookup = (name: string) => string | Elsewhere | undefined;

/** A sender's configuration file. */
export interface SenderFile extends Omit<Site, "place"> {
    /** Secret. */
    readonly text: string;
    /** What it is called in places. */
    readonly name: string;
}

type Held = Pick<Candidate, "value" | "missing" | "age" | "plaintext" | "advice">;

/**
 * The credentials of one HTTP client: an entry of `remote_write` as Prometheus 3.14 has it, which
 * other senders' settings are brought into. Each may be text, a file (`*_file`, relative to the
 * site) or {@link Elsewhere}.
 */
export function findInClient(client: unknown, site: Site): Candidate[] {
    return [
        ...findPair(client, site, "basic auth", ["basic_auth"], "username", "password"),
        ...findAuthorization(client, site),
        ...findPair(client, site, "bearer token", [], undefined, "bearer_token"),
        ...findPair(client, site, "OAuth2 client secret", ["oauth2"], "client_id", "client_secret"),
        ...findPair(
            client,
            site,
            "OAuth2 client secret",
            ["azuread", "oauth"],
            "client_id",
            "client_secret",
        ),
        ...findPair(client, site, "SigV4 secret key", ["sigv4"], "access_key", "secret_key"),
        ...findHeaders(client, site),
        ...findInUrl(client, site),
    ];
}

function findPair(
    client: unknown,
    site: Site,
    kind: Form,
    parents: readonly string[],
    name: string | undefined,
    secret: string,
): Candidate[] {
    const parent = valueAt(client, ...parents);
    const username = name === undefined ? undefined : readName(parent, site, name);
    return ["", "_file", "_ref"].flatMap((ending) => {
        const setting = valueAt(parent, secret + ending);
        if (setting === undefined) return [];
        const path = [...parents, secret + ending].join(".");
        if (ending === "_ref") return [{ place: site.place(path), kind, username, ...REFERENCE }];
        const held = ending === "" ? readSetting(setting, site) : readFile(setting, site);
        return [{ place: nameIt(site, path, setting, ending, held), kind, username, ...held }];
    });
}

/** common 0.70 has `password_ref` and others for programs that hold Prometheus' own. */
const REFERENCE: Held = {
    missing:
        "it is a reference to a secret, which a secret manager holds: give its value in a file",
    plaintext: false,
};

function readName(parent: unknown, site: Site, name: string): string | undefined {
    const inline = valueAt(parent, name);
    if (inline !== undefined) return readSetting(inline, site).value;
    const file = valueAt(parent, `${name}_file`);
    return file === undefined ? undefined : readFile(file, site).value;
}

/** `authorization`: a scheme, `Bearer` unless given, and what follows it in the header. */
function findAuthorization(client: unknown, site: Site): Candidate[] {
    const type = valueAt(client, "authorization", "type") ?? "Bearer";
    const scheme = typeof type === "string" ? type : "";
    return findPair(client, site, "bearer token", ["authorization"], undefined, "credentials").map(
        (found) => {
            if (found.value === undefined || /^bearer$/i.test(scheme)) return found;
            return { ...found, ...parseAuthorization(`${scheme} ${found.value}`) };
        },
    );
}

/** A header of this name is more than routing, such as `X-Scope-OrgID`. */
const SECRET_HEADER = /auth|token|key|secret|passw|credential|cookie|session|signature/i;

function findHeaders(client: unknown, site: Site): Candidate[] {
    const headers = ["headers", "http_headers"].flatMap((key) =>
        entriesOf(valueAt(client, key)).flatMap(([name, content]) =>
            headerSettings(content).map(([ending, setting]) => ({
                name,
                path: `${key}.${name}${ending}`,
                setting,
                isFile: ending.startsWith(".files"),
            })),
        ),
    );
    return headers
        .filter(({ name }) => SECRET_HEADER.test(name))
        .map(({ name, path, setting, isFile }) => {
            const held = isFile ? readFile(setting, site) : readSetting(setting, site);
            const place = nameIt(site, path, setting, isFile ? "_file" : "", held);
            const isAuthorization = /^(?:proxy-)?authorization$/i.test(name);
            const parsed = isAuthorization
                ? parseHeader(setting, held.value)
                : { kind: "custom header" as const };
            return { place, ...held, ...parsed };
        });
}

/** Where the value is not known, what stands before it tells the scheme. */
function parseHeader(
    setting: unknown,
    value: string | undefined,
): Pick<Candidate, "kind" | "value"> {
    if (value !== undefined) return parseAuthorization(value);
    const isBasic = typeof setting === "string" && /^\s*basic\s/i.test(setting);
    return { kind: isBasic ? "basic auth" : "bearer token" };
}

/** `X: text`, or since Prometheus 2.55 `X: { values: [], secrets: [], files: [] }`. */
function headerSettings(content: unknown): [string, unknown][] {
    if (typeof content === "string" || content instanceof Elsewhere) return [["", content]];
    return ["values", "secrets", "files"].flatMap((key) => {
        const list = valueAt(content, key);
        return (Array.isArray(list) ? list : []).map((one: unknown, index): [string, unknown] => [
            `.${key}[${index}]`,
            one,
        ]);
    });
}

function findInUrl(client: unknown, site: Site): Candidate[] {
    const url = valueAt(client, "url");
    if (typeof url !== "string") return [];
    const place = site.place("url");
    const fixed = { plaintext: true, advice: site.advice };
    const userInfo = parseUrl(url, site.reading);
    return [
        ...(userInfo === undefined ? [] : [{ place, ...fixed, ...userInfo }]),
        ...parseQuery(url, site.reading).map(({ name, ...held }) => ({
            place: `${place} (its parameter ${name})`,
            ...fixed,
            ...held,
        })),
    ];
}

function readSetting(setting: unknown, site: Site): Held {
    if (setting instanceof Elsewhere) {
        return setting.file === undefined
            ? { missing: setting.missing, plaintext: false }
            : readFile(setting.file, site);
    }
    if (typeof setting !== "string") {
        return { missing: "it is no text: check the configuration there", plaintext: false };
    }
    const known = lookUp(setting, site.lookup);
    if (known instanceof Elsewhere) return readSetting(known, { ...site, lookup: undefined });
    const held = valueOrMissing(known, site.reading);
    return held.value
        ? { ...held, plaintext: true, advice: site.advice }
        : { ...held, plaintext: false };
}

const VARIABLE =
    /^(?:\$\{(?:env:)?([\w.-]+)\}|\$\(([\w.-]+)\)|%\{([\w.-]+)\}|\$([A-Z][A-Z0-9_]+))$/;

/** What a text that is a variable and nothing else is set to; else the text. */
export function lookUp(text: string, lookup: Lookup = () => undefined): string | Elsewhere {
    const name = VARIABLE.exec(text)?.slice(1).join(""); // one of the groups
    return (name === undefined ? undefined : lookup(name)) ?? text;
}

/**
 * A credential in a file of its own; white space around it is no part of it, as in Prometheus
 * (common 0.70).
 */
export function readFile(
    setting: unknown,
    { machine, directory }: Pick<Site, "machine" | "directory">,
): Held {
    if (typeof setting !== "string") {
        return { missing: "its path is no text: check the configuration there", plaintext: false };
    }
    const unknown = findStandIn(setting, { path: true });
    if (unknown !== undefined) {
        const missing = unknown.replace("it comes", "its path comes").replace(/: .*/, "");
        return { missing: `${missing}: give the file itself`, plaintext: false };
    }
    if (/^https?:\/\//.test(setting)) {
        return { missing: "its reader fetches it: give what that answers", plaintext: false };
    }
    const path = setting;
    try {
        const { text, modified, exposed } = machine.readFile(resolve(directory, path));
        const value = text.trim();
        const age = modified && daysSince(modified, machine.now);
        if (!exposed || value === "") return { value, age, plaintext: false };
        const advice = `every user of that machine can read it: chmod o= ${basename(path)}, then rotate`;
        return { value, age, plaintext: true, advice };
    } catch (error) {
        const reason = error instanceof Error ? error.message : "";
        return { missing: isShowable(path) ? reason : NO_PATH, plaintext: false };
    }
}

const NO_PATH =
    "there is no such file, and what is given as its path may be the credential itself: check it there";

/** Names a setting, with its file: what is no file, and may be the credential itself, is not shown. */
function nameIt(
    site: Site,
    path: string,
    setting: unknown,
    ending: string,
    { value }: Held,
): string {
    const file = setting instanceof Elsewhere ? setting.file : ending && String(setting);
    const isShown = file && (value !== undefined || isShowable(file));
    return isShown ? `${site.place(path)} (${file})` : site.place(path);
}
