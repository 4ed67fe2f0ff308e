import { findInClient, type Lookup, lookUp, type SenderFile, type Site } from "./client.ts";
import { lookupIn } from "./containers.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { Candidate } from "./place.ts";
import { parseScript } from "./shell.ts";
import { credentialFiles, parseUnit, splitWords } from "./systemd.ts";
import { entriesOf } from "./yaml.ts";

/** vmagent 1.150's flags, by how Prometheus calls the setting. */
const FLAGS: Readonly<Record<string, string>> = {
    url: "url",
    "basic_auth.username": "basicAuth.username",
    "basic_auth.username_file": "basicAuth.usernameFile",
    "basic_auth.password": "basicAuth.password",
    "basic_auth.password_file": "basicAuth.passwordFile",
    bearer_token: "bearerToken",
    bearer_token_file: "bearerTokenFile",
    "oauth2.client_id": "oauth2.clientID",
    "oauth2.client_secret": "oauth2.clientSecret",
    "oauth2.client_secret_file": "oauth2.clientSecretFile",
    "sigv4.access_key": "aws.accessKey",
    "sigv4.secret_key": "aws.secretKey",
    headers: "headers",
};

const ADVICE =
    "every user of that machine can read it in the list of processes: rotate, and use a file";

/** Where words of a command are, beside the file. */
interface Words {
    /** What precedes the flag in a place. */
    readonly where: string;
    readonly lookup?: Lookup | undefined;
}

/**
 * The credentials in vmagent's command line: a systemd unit's `ExecStart`, a script, or
 * `/proc/<pid>/cmdline`.
 */
export function findInCommandLine(file: SenderFile): Candidate[] {
    const { text } = file;
    if (text.includes("\0")) return findInWords(text.split("\0"), { where: "" }, file);
    if (!/^\s*\[Service\]/m.test(text)) {
        return parseScript(text).commands.flatMap((words) =>
            findInWords(words, { where: "" }, file),
        );
    }
    const reading = { ...file.reading, variables: `--unit ${file.reading?.file ?? file.name}` };
    const credentials = credentialFiles(text, file.name);
    const fill = (word: string) =>
        word
            .replaceAll("$$", () => "$")
            .replace(
                /(?:%d|\$\{CREDENTIALS_DIRECTORY\})\/([\w.-]+)/g,
                (whole, id: string) => credentials.get(id) ?? whole,
            );
    return parseUnit(text, file.name)
        .filter(({ key }) => key === "ExecStart")
        .map(({ value }) => splitWords(value).map(fill))
        .flatMap((words) => findInWords(words, { where: "ExecStart " }, { ...file, reading }));
}

/**
 * The same in the lists and strings of a manifest: `args` of a pod, `command` in a Compose file.
 * A container's variables are what it says of them.
 */
export function findInManifest(
    content: unknown,
    file: SenderFile,
    path = "",
    lookup?: Lookup,
): Candidate[] {
    if (typeof content === "string") {
        return content.includes("remoteWrite.")
            ? parseScript(content).commands.flatMap((words) =>
                  findInWords(words, { where: `${path} `, lookup }, file),
              )
            : [];
    }
    if (!Array.isArray(content)) {
        const inside = lookupIn(content) ?? lookup;
        return entriesOf(content).flatMap(([key, value]) =>
            findInManifest(value, file, path === "" ? key : `${path}.${key}`, inside),
        );
    }
    const words = content.filter((one) => typeof one === "string");
    return words.length > 0
        ? findInWords(words, { where: `${path} `, lookup }, file)
        : content.flatMap((one, index) => findInManifest(one, file, `${path}[${index}]`, lookup));
}

function findInWords(words: readonly string[], given: Words, file: SenderFile): Candidate[] {
    return words
        .map(splitVariable)
        .reduce<string[][]>(
            (commands, part) => {
                // A command in one word is a command of its own: `sh -c "..."`, `ARGS="..."`.
                if (typeof part === "string") commands[0]?.push(part);
                else commands.push(...part.map((one) => [...one]));
                return commands;
            },
            [[]],
        )
        .flatMap((command) => {
            const place = (flag: string) => `${file.name}: ${given.where}-remoteWrite.${flag}`;
            return findInFlags(parseFlags(command), { ...file, place }, given.lookup);
        });
}

/** Values of each flag, by its name behind `-remoteWrite.`. */
export type Flags = ReadonlyMap<string, readonly string[]>;

/** The credentials that flags give, one for each URL; `site.place` names a flag. */
export function findInFlags(flags: Flags, site: Site, lookup?: Lookup): Candidate[] {
    const count = Math.max(...[...flags.values()].map((values) => values.length), 0);
    const indices = Array.from({ length: count }, (_, index) => index);
    return indices.flatMap((index) => {
        const client: Record<string, unknown> = {};
        for (const [path, flag] of Object.entries(FLAGS)) {
            const values = flags.get(flag) ?? [];
            // One value is for all URLs; then it is one credential.
            const isShared =
                values.length === 1 && (path.includes("username") || path.endsWith("_id"));
            const value = values[isShared ? 0 : index];
            if (value !== undefined && value !== "") put(client, path, value, lookup);
        }
        // Thousands of URLs with nothing in them cost nothing.
        const [only, ...others] = Object.values(client);
        if (only === undefined) return [];
        if (
            others.length === 0 &&
            typeof only === "string" &&
            !/[@?]/.test(only) &&
            "url" in client
        ) {
            return [];
        }
        const several = (path: string) => (flags.get(FLAGS[path] ?? "")?.length ?? 0) > 1;
        return findInClient(client, {
            ...site,
            advice: ADVICE,
            place: (path) => {
                const flag = path.startsWith("headers.") ? path : (FLAGS[path] ?? path);
                return site.place(`${flag}${several(path) ? `[${index}]` : ""}`);
            },
        });
    });
}

/**
 * `ARGS="-remoteWrite.url=... -remoteWrite.bearerToken=..."`, as in `/etc/default`, and commands in
 * one string.
 */
function splitVariable(word: string): string | readonly (readonly string[])[] {
    const isCommand = /^[A-Za-z_]+=-|\s--?remoteWrite\./.test(word);
    return isCommand ? parseScript(word.replace(/^[A-Za-z_]+=/, "")).commands : word;
}

function put(
    client: Record<string, unknown>,
    path: string,
    text: string,
    lookup: Lookup = () => undefined,
): void {
    const [group = "", key] = path.split(".");
    const known = lookUp(text, lookup);
    const value = known === text ? parseValue(text) : known;
    if (path === "headers") client[group] = parseHeaders(text);
    else if (key === undefined) client[group] = value;
    else client[group] = { ...(client[group] as object | undefined), [key]: value };
}

/** A secret flag may name a file: `file:///absolute` or `file://./relative`. */
function parseValue(value: string): string | Elsewhere {
    return value.startsWith("file://") ? new Elsewhere({ file: value.slice(7) }) : value;
}

/** `Name:value^^Name:value` */
function parseHeaders(value: string): Record<string, string> {
    return Object.fromEntries(
        value.split("^^").flatMap((header) => {
            const [, name, content] = /^\s*([^:]+?)\s*:\s*(.*)$/s.exec(header) ?? [];
            return name === undefined || content === undefined ? [] : [[name, content]];
        }),
    );
}

/** The values of each `-remoteWrite.<flag>`, one for each URL: repeated, or with commas between. */
function parseFlags(words: readonly string[]): Flags {
    return readFlags(
        words.flatMap((word, index): [string, string][] => {
            const [, flag, given] = /^--?remoteWrite\.([A-Za-z0-9.]+)(?:=(.*))?$/s.exec(word) ?? [];
            return flag === undefined ? [] : [[flag, given ?? words[index + 1] ?? ""]];
        }),
    );
}

/** The same of flags that are given with their values, in their order. */
export function readFlags(given: readonly (readonly [flag: string, value: string])[]): Flags {
    const flags = new Map<string, readonly string[]>();
    for (const [flag, value] of given) {
        if (!Object.values(FLAGS).includes(flag)) continue;
        flags.set(flag, [...(flags.get(flag) ?? []), ...splitCommas(value)]);
    }
    return flags;
}

/** vmagent splits at commas outside of quotes, and takes the quotes off. */
function splitCommas(text: string): string[] {
    const parts = [""];
    for (const [piece] of text.matchAll(
        /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\$\{[^}]*\}|\$\([^)]*\)|,|[^,"'$]+|./gs,
    )) {
        if (piece === ",") parts.push("");
        else parts.push((parts.pop() ?? "") + piece);
    }
    return parts.map((part) =>
        /^(["']).*\1$/s.test(part) ? part.slice(1, -1).replace(/\\(.)/gs, "$1") : part,
    );
}
