import { findInClient, type SenderFile } from "./client.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { Candidate } from "./place.ts";
import { parseUnit, splitWords } from "./systemd.ts";
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

/**
 * The credentials in vmagent's command line: a systemd unit's `ExecStart`, a script, or
 * `/proc/<pid>/cmdline`.
 */
export function findInCommandLine(file: SenderFile): Candidate[] {
    const { text } = file;
    if (text.includes("\0")) return findInWords(text.split("\0"), "", file);
    if (!/^\s*\[Service\]/m.test(text)) return findInWords(splitShell(text), "", file);
    return parseUnit(text, file.name)
        .filter(({ key }) => key === "ExecStart")
        .map(({ value }) => splitWords(value).map((word) => word.replaceAll("$$", () => "$")))
        .flatMap((words) => findInWords(words, "ExecStart ", file));
}

/**
 * The same in the lists and strings of a manifest: `args` of a pod, `command` in a Compose file.
 */
export function findInManifest(content: unknown, file: SenderFile, path = ""): Candidate[] {
    if (typeof content === "string") {
        return content.includes("remoteWrite.")
            ? findInWords(splitShell(content), `${path} `, file)
            : [];
    }
    if (!Array.isArray(content)) {
        return entriesOf(content).flatMap(([key, value]) =>
            findInManifest(value, file, path === "" ? key : `${path}.${key}`),
        );
    }
    const words = content.filter((one) => typeof one === "string");
    return words.length > 0
        ? findInWords(words, `${path} `, file)
        : content.flatMap((one, index) => findInManifest(one, file, `${path}[${index}]`));
}

function findInWords(words: readonly string[], where: string, file: SenderFile): Candidate[] {
    const flags = parseFlags(words.flatMap(splitVariable));
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
            if (value !== undefined && value !== "") put(client, path, value);
        }
        const several = (path: string) => (flags.get(FLAGS[path] ?? "")?.length ?? 0) > 1;
        return findInClient(client, {
            ...file,
            advice: ADVICE,
            place: (path) => {
                const flag = path.startsWith("headers.") ? path : (FLAGS[path] ?? path);
                const position = several(path) ? `[${index}]` : "";
                return `${file.name}: ${where}-remoteWrite.${flag}${position}`;
            },
        });
    });
}

/**
 * `ARGS="-remoteWrite.url=... -remoteWrite.bearerToken=..."`, as in `/etc/default`, and commands in
 * one string.
 */
function splitVariable(word: string): readonly string[] {
    const isCommand = /^[A-Za-z_]+=-|\s--?remoteWrite\./.test(word);
    return isCommand ? splitShell(word.replace(/^[A-Za-z_]+=/, "")) : [word];
}

function put(client: Record<string, unknown>, path: string, value: string): void {
    const [group = "", key] = path.split(".");
    if (path === "headers") client[group] = parseHeaders(value);
    else if (key === undefined) client[group] = parseValue(value);
    else client[group] = { ...(client[group] as object | undefined), [key]: parseValue(value) };
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
function parseFlags(words: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const flags = new Map<string, readonly string[]>();
    words.forEach((word, index) => {
        const [, flag = "", given] =
            /^--?remoteWrite\.([A-Za-z0-9.]+)(?:=(.*))?$/s.exec(word) ?? [];
        if (!Object.values(FLAGS).includes(flag)) return;
        const values = splitCommas(given ?? words[index + 1] ?? "");
        flags.set(flag, [...(flags.get(flag) ?? []), ...values]);
    });
    return flags;
}

/** vmagent splits at commas outside of quotes, and takes the quotes off. */
function splitCommas(text: string): string[] {
    const parts = [""];
    for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|,|./gs)) {
        if (piece === ",") parts.push("");
        else parts.push((parts.pop() ?? "") + piece);
    }
    return parts.map((part) =>
        /^(["']).*\1$/s.test(part) ? part.slice(1, -1).replace(/\\(.)/gs, "$1") : part,
    );
}

/** The words of a shell command. A variable in it stays as it is. */
export function splitShell(text: string): string[] {
    const words = text
        .replaceAll("\\\n", " ")
        .match(/(?:[^\s'"\\;&|]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gs);
    return (words ?? []).map((word) =>
        word.replace(
            /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
            (_, single?: string, double?: string, escaped?: string) =>
                single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? "",
        ),
    );
}
