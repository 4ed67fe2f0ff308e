import { parse as parseToml, TomlError } from "smol-toml";
import { findInClient, type SenderFile } from "./client.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { Candidate } from "./place.ts";
import { entriesOf, requireShallow, valueAt } from "./yaml.ts";

/** Settings of a client in Prometheus' words, each with the path it stands at. */
type Settings = readonly (readonly [ours: string, theirs: string, value: unknown])[];

/** Whether a text is of Fluent Bit, Netdata, Vector or Telegraf, in their own formats. */
export function isFlat(text: string): boolean {
    return FLUENT.test(text) || NETDATA.test(text) || TOML.test(text);
}

const FLUENT = /^[ \t]*\[(?:INPUT|OUTPUT)\][ \t]*\r?$/im;
const NETDATA = /^[ \t]*\[(?:exporting:global|prometheus_remote_write(?::[^\]\n]+)?)\][ \t]*\r?$/m;
const TOML =
    /^[ \t]*\[{1,2}(?:sinks|sources|transforms|outputs|inputs|agent|global_tags|secretstores)(?:\.[^\]\n]+)?\]{1,2}[ \t]*(?:#.*)?\r?$/m;

/** The credentials of what such a text writes to remote write. */
export function findInFlat(file: SenderFile): Candidate[] {
    const { text, name } = file;
    if (FLUENT.test(text)) return findInFluent(file);
    if (NETDATA.test(text)) return findInNetdata(file);
    const content = readToml(text, file.reading?.file ?? name);
    return [...findInVector(content, file), ...findInTelegraf(content, file)];
}

function readToml(text: string, name: string): unknown {
    try {
        const content = parseToml(text);
        requireShallow(content, name);
        return content;
    } catch (error) {
        if (!(error instanceof TomlError)) throw error;
        // eslint-disable-next-line preserve-caught-error -- its message quotes the lines at fault
        throw new Error(`${name} is no TOML: see line ${error.line}, column ${error.column}`);
    }
}

/** Sinks of Vector; what is between `${` and `}`, and behind `$`, is a variable to it. */
export function findInVector(content: unknown, file: SenderFile): Candidate[] {
    return entriesOf(valueAt(content, "sinks")).flatMap(([sink, settings]) => {
        if (valueAt(settings, "type") !== "prometheus_remote_write") return [];
        const auth = (key: string) => valueAt(settings, "auth", key);
        const isBearer = auth("strategy") === "bearer";
        const given: Settings = [
            ["url", "endpoint", valueAt(settings, "endpoint")],
            ["basic_auth.username", "auth.user", isBearer ? undefined : auth("user")],
            ["basic_auth.password", "auth.password", isBearer ? undefined : auth("password")],
            ["authorization.credentials", "auth.token", auth("token")],
            ["sigv4.access_key", "auth.access_key_id", auth("access_key_id")],
            ["sigv4.secret_key", "auth.secret_access_key", auth("secret_access_key")],
            ["headers", "request.headers", valueAt(settings, "request", "headers")],
        ];
        return findInSettings(given, `sinks.${sink}`, file);
    });
}

/** Outputs of Telegraf that write remote write; it expands variables as Vector does. */
function findInTelegraf(content: unknown, file: SenderFile): Candidate[] {
    const list = valueAt(content, "outputs", "http");
    return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((output, index) => {
        if (valueAt(output, "data_format") !== "prometheusremotewrite") return [];
        const given: Settings = [
            ["url", "url", valueAt(output, "url")],
            ["basic_auth.username", "username", valueAt(output, "username")],
            ["basic_auth.password", "password", valueAt(output, "password")],
            ["authorization.credentials", "token", valueAt(output, "token")],
            ["authorization.credentials_file", "token_file", valueAt(output, "token_file")],
            ["headers", "headers", valueAt(output, "headers")],
        ];
        return findInSettings(given, `outputs.http[${index}]`, file);
    });
}

function findInSettings(given: Settings, where: string, file: SenderFile): Candidate[] {
    const client: Record<string, unknown> = {};
    const names = new Map(given.map(([ours, theirs]) => [ours, theirs]));
    for (const [ours, , value] of given) {
        if (value === undefined) continue;
        const [group = "", key] = ours.split(".");
        const filled = ours === "headers" ? mapTexts(value) : expand(value);
        if (key === undefined) client[group] = filled;
        else client[group] = { ...(client[group] as object | undefined), [key]: filled };
    }
    return findInClient(client, {
        ...file,
        reading: { ...file.reading, unbraced: true },
        place: (path) => {
            const theirs = path.startsWith("headers.")
                ? path.replace("headers", names.get("headers") ?? "headers")
                : (names.get(path) ?? path);
            return `${file.name}: ${where}.${theirs}`;
        },
    });
}

function mapTexts(headers: unknown): unknown {
    return Object.fromEntries(entriesOf(headers).map(([name, value]) => [name, expand(value)]));
}

/** `SECRET[backend.key]` of Vector and `@{store:key}` of Telegraf name what a store holds. */
function expand(value: unknown): unknown {
    if (typeof value !== "string") return value;
    if (/SECRET\[[^\]]+\]|@\{[^}]+\}/.test(value)) {
        return new Elsewhere({
            missing: "it is in a secret store of its own: give what that holds",
        });
    }
    return value;
}

/** Fluent Bit's classic format: sections of `Key value`; keys are of any case. */
function findInFluent(file: SenderFile): Candidate[] {
    const set = new Map<string, string>();
    const sections: { name: string; entries: [string, string][] }[] = [];
    for (const line of file.text.split(/\r?\n/)) {
        const section = /^\s*\[(\w+)\]\s*$/.exec(line)?.[1];
        const [, key = "", value = ""] = /^\s*([@\w.]+)\s+(.*?)\s*$/.exec(line) ?? [];
        const [, name, text = ""] = /^\s*@SET\s+(\w+)\s*=\s*(.*?)\s*$/i.exec(line) ?? [];
        if (/^\s*#/.test(line)) continue;
        if (name !== undefined) set.set(name, text);
        else if (section !== undefined) sections.push({ name: section.toLowerCase(), entries: [] });
        else if (key !== "") {
            const filled = value.replace(
                /\$\{(\w+)\}/g,
                (whole, one: string) => set.get(one) ?? whole,
            );
            sections.at(-1)?.entries.push([key.toLowerCase(), filled]);
        }
    }
    return sections
        .filter(({ name }) => name === "output")
        .flatMap(({ entries }, index) => findInOutput(entries, `OUTPUT[${index}]`, file));
}

/** An output of Fluent Bit, of either format. */
export function findInOutput(
    entries: readonly (readonly [key: string, value: unknown])[],
    where: string,
    file: SenderFile,
): Candidate[] {
    const textOf = (key: string) => {
        const value = entries.find(([name]) => name.toLowerCase() === key)?.[1];
        return typeof value === "string" ? value : undefined;
    };
    if (textOf("name") !== "prometheus_remote_write") return [];
    const lines = entries
        .filter(([name]) => name.toLowerCase() === "header")
        .flatMap(([, value]) => (Array.isArray(value) ? (value as unknown[]) : [value]));
    const headers = Object.fromEntries(
        lines.flatMap((line): [string, string][] => {
            const [, name, value] = /^(\S+)\s+(.*)$/s.exec(String(line)) ?? [];
            return name === undefined || value === undefined ? [] : [[name, value]];
        }),
    );
    const [username, password] = [textOf("http_user"), textOf("http_passwd")];
    const client = {
        headers,
        ...(password === undefined ? {} : { basic_auth: { username, password } }),
    };
    return findInClient(client, {
        ...file,
        place: (path) =>
            `${file.name}: ${where}.${path.replace(/^basic_auth\.password$/, "http_passwd")}`,
    });
}

/** Netdata's `exporting.conf`: an instance is a section, its settings `name = text`. */
function findInNetdata(file: SenderFile): Candidate[] {
    let section = "";
    const instances = new Map<string, Map<string, string>>();
    for (const line of file.text.split(/\r?\n/)) {
        const header = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
        const [, key, value = ""] = /^\s*([^#=[\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
        if (header !== undefined) section = header;
        else if (key !== undefined && section.startsWith("prometheus_remote_write")) {
            const settings = instances.get(section) ?? new Map<string, string>();
            instances.set(section, settings.set(key, value));
        }
    }
    return [...instances].flatMap(([name, settings]) => {
        const [username, password] = [settings.get("username"), settings.get("password")];
        if (password === undefined) return [];
        return findInClient(
            { basic_auth: { username, password } },
            {
                ...file,
                place: (path) => `${file.name}: [${name}] ${path.replace("basic_auth.", "")}`,
            },
        );
    });
}
