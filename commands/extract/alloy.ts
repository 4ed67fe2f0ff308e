import { findInClient, type SenderFile } from "./client.ts";
import { Elsewhere } from "./elsewhere.ts";
import { type Block, parseAlloy, type Token } from "./alloySyntax.ts";
import type { Candidate } from "./place.ts";

/**
 * Whether a text begins as an Alloy configuration has it: a block, such as `prometheus.scrape "a"
 * {`.
 */
export function looksLikeAlloy(text: string): boolean {
    // YAML may hold it as the text of a key.
    const [first = ""] = /^(?![ \t]*(?:#|\/\/|$)).*$/m.exec(text) ?? [];
    if (/^\s*(?:---|- |["']?[\w./-]+["']?[ \t]*:(?:\s|$))/.test(first)) return false;
    return /^\s*[a-z_][a-z0-9_.]*(?:[ \t]+"[^"\n]*")?[ \t]*\{[ \t]*(?:\/\/.*)?$/m.test(text);
}

/** The credentials in the `endpoint` blocks of every `prometheus.remote_write`. */
export function findInAlloy(
    file: SenderFile,
    noteEmpty: (client: unknown, path: string) => void = () => undefined,
): Candidate[] {
    const root = parseAlloy(file.text, file.name);
    const files = readSources(root);
    return blocksOf(root, "prometheus.remote_write").flatMap((component) =>
        component.blocks
            .filter(({ name }) => name === "endpoint")
            .flatMap((endpoint, index) => {
                const at = `prometheus.remote_write.${component.label ?? ""}.endpoint[${index}]`;
                const client = toClient(endpoint, files);
                const place = (path: string) => `${file.name}: ${at}.${path}`;
                const found = findInClient(client, { ...file, place });
                if (found.length === 0) noteEmpty(client, at);
                return found;
            }),
    );
}

/** What components get that expressions name: a file's content, a Secret's keys. */
function readSources(root: Block): Files {
    return new Map(
        root.blocks
            .filter(({ label }) => label !== undefined)
            .flatMap((block): [string, Source][] => {
                const label = block.label ?? "";
                if (block.name === "local.file") {
                    return [[`local.file.${label}.content`, { file: literal(block, "filename") }]];
                }
                if (block.name !== "remote.kubernetes.secret") return [];
                const [name, namespace] = [literal(block, "name"), literal(block, "namespace")];
                return [[`remote.kubernetes.secret.${label}.data`, { name, namespace }]];
            }),
    );
}

/** Every block of a name, however deep: `declare` holds components too. */
function blocksOf(block: Block, name: string): Block[] {
    return block.blocks.flatMap((one) => [
        ...(one.name === name ? [one] : []),
        ...blocksOf(one, name),
    ]);
}

/** A file, or a Secret. */
type Source =
    | { readonly file: string | undefined }
    | { readonly name: string | undefined; readonly namespace: string | undefined };

type Files = ReadonlyMap<string, Source>;

/** The same as Prometheus has it: Alloy calls all of it alike. */
function toClient(block: Block, files: Files): Record<string, unknown> {
    const attributes = block.attributes.map(([name, tokens]) => [name, evaluate(tokens, files)]);
    const blocks = block.blocks.map((one) => [one.name, toClient(one, files)]);
    return Object.fromEntries([...attributes, ...blocks]) as Record<string, unknown>;
}

function literal(block: Block, name: string): string | undefined {
    const tokens = block.attributes.find(([one]) => one === name)?.[1] ?? [];
    const [token] = tokens;
    return token?.kind === "string" && tokens.length === 1 ? token.text : undefined;
}

/** Functions that give back what they are given, as far as a credential is concerned. */
const WRAPPERS = new Set([
    "nonsensitive",
    "convert.nonsensitive",
    "trim_space",
    "string.trim_space",
]);

/** What Alloy gets values from. */
const COMPONENTS = /^(?:local|remote|argument|discovery|import)\./;

/**
 * What an expression is: text, a mapping, or something that is only known when Alloy runs. Nothing
 * is computed.
 */
function evaluate(tokens: readonly Token[], files: Files): unknown {
    const [first, second, third] = tokens;
    if (first === undefined) return "";
    if (tokens.length === 1 && first.kind !== "name") return first.text;
    if (first.text === "{" && first.kind === "sign") return toMapping(tokens.slice(1, -1), files);
    if (first.kind === "name" && second?.text === "(" && tokens.at(-1)?.text === ")") {
        if (/^(?:sys\.)?env$/.test(first.text) && third?.kind === "string" && tokens.length === 4) {
            return `\${${third.text}}`;
        }
        const last = tokens.at(-2)?.text === "," ? -2 : -1; // as where each stands on its line
        if (WRAPPERS.has(first.text)) return evaluate(tokens.slice(2, last), files);
    }
    const source = files.get(first.text);
    if (source !== undefined && "file" in source && tokens.length === 1 && source.file) {
        return new Elsewhere({ file: source.file });
    }
    if (source !== undefined && "name" in source && second?.text === "[" && tokens.length === 4) {
        const { name = "<name>", namespace = "<namespace>" } = source;
        const key = third?.text ?? "";
        const command = `npm run extract -- kubernetes ${namespace}/${name}:${key}`;
        return new Elsewhere({ missing: `it is in the Secret ${name}, key ${key}: ${command}` });
    }
    // No other name: it could be a credential whose quotes were forgotten.
    const names = tokens.filter(({ kind, text }) => kind === "name" && COMPONENTS.test(text));
    const shown = names.map(({ text }) => ` from ${text}`).join("");
    return new Elsewhere({ missing: `Alloy computes it${shown}: look where that gets it` });
}

/** `"Name" = expression, ...` */
function toMapping(tokens: readonly Token[], files: Files): Record<string, unknown> {
    const entries: [string, Token[]][] = [];
    let depth = 0;
    let isKey = true;
    for (const token of tokens) {
        const sign = token.kind === "sign" ? token.text : "";
        if (isKey && depth === 0) {
            if (token.kind !== "sign") entries.push([token.text, []]);
            if (sign === "=") isKey = false;
            continue;
        }
        if (sign === "," && depth === 0) {
            isKey = true;
            continue;
        }
        depth += Number("([{".includes(sign || " ")) - Number(")]}".includes(sign || " "));
        entries.at(-1)?.[1].push(token);
    }
    return Object.fromEntries(entries.map(([key, value]) => [key, evaluate(value, files)]));
}
