import { createCipheriv, createDecipheriv, createHash, type Hash, randomBytes } from "node:crypto";
import { Document, isScalar, parse, parseAllDocuments, Scalar, stringify, visit } from "yaml";
import { sealAge } from "./age.ts";
import { encrypt } from "./openpgp.ts";
import type { Recipient } from "./recipient.ts";
import type { KmsWrapper } from "./kms.ts";
import { MANIFEST } from "./manifestYaml.ts";

/**
 * The file format of SOPS (https://github.com/getsops/sops, read in its version 3.13.3).
 *
 * A random data key encrypts every value on its own and is itself encrypted to each recipient; a
 * digest of all values, in their order and also of those left readable, is encrypted with it as
 * well.
 */

/** The encrypted copies of the data key in a file. Not secret. */
export interface WrappedDataKeys {
    /** Armored age files. */
    readonly age: readonly string[];
    /** Armored OpenPGP messages. */
    readonly pgp: readonly string[];
    readonly kms: readonly { readonly arn: string; readonly enc: string }[];
}

const VERSION = "3.13.3"; // of SOPS, whose format this is
const ENCRYPTED = "^(data|stringData)$"; // names stay readable, values do not
const CIPHER = "aes-256-gcm";
const [KEY_BYTES, IV_BYTES, TAG_BYTES] = [32, 32, 16];

/** A node of YAML. Maps, because objects do not keep the order of all keys. */
type Node = Map<string, Node> | Node[] | string | number | boolean | null;

/**
 * Seals a manifest as a `kind: List` of its Secrets, whose data each recipient and each wrapper can
 * open alone.
 */
export async function sealSops(
    manifest: string,
    recipients: readonly Recipient[],
    wrappers: readonly KmsWrapper[] = [],
): Promise<string> {
    const dataKey = randomBytes(KEY_BYTES);
    const items = parseAllDocuments(manifest).map(
        (document) => document.toJS({ mapAsMap: true }) as Node,
    );
    const list = new Map<string, Node>([
        ["apiVersion", "v1"],
        ["kind", "List"],
        ["items", items],
    ]);
    const digest = createHash("sha512");
    const encrypted = mapLeaves(list, [], (leaf, path) => {
        digest.update(leafBytes(leaf));
        return isEncrypted(path) ? encryptLeaf(leaf, dataKey, additionalData(path)) : leaf;
    }) as Map<string, unknown>;
    const lastmodified = `${new Date().toISOString().slice(0, 19)}Z`;
    encrypted.set("sops", {
        ...(await wrapDataKey(dataKey, lastmodified, recipients, wrappers)),
        lastmodified,
        mac: encryptLeaf(digest.digest("hex").toUpperCase(), dataKey, lastmodified),
        encrypted_regex: ENCRYPTED,
        version: VERSION,
    });
    return render(encrypted);
}

/** A key no reader of YAML takes for anything but a text. */
const WORD = /^(?!(true|false|null|yes|no|on|off|y|n)$)[a-z][\w./-]*$/i;

function render(content: Map<string, unknown>): string {
    // Quoted: SOPS reads a plain 2026-11-21 as a time, which has another digest than the text.
    const document = new Document(content);
    visit(document, {
        Pair: (_, { key }) => {
            if (!isScalar(key)) return;
            key.type = WORD.test(String(key.value)) ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
        },
    });
    return document.toString({
        lineWidth: 0,
        defaultStringType: Scalar.QUOTE_DOUBLE,
        defaultKeyType: Scalar.PLAIN,
    });
}

async function wrapDataKey(
    dataKey: Uint8Array,
    created_at: string,
    recipients: readonly Recipient[],
    wrappers: readonly KmsWrapper[],
): Promise<Record<string, unknown>> {
    const age = recipients
        .filter(({ kind }) => kind === "age")
        .map(async ({ name }) => ({
            recipient: name,
            enc: literal(await sealAge(dataKey, [name])),
        }));
    const pgp = recipients
        .filter((recipient) => recipient.kind === "openpgp")
        .map(async ({ key }) => ({
            created_at,
            enc: literal(await encrypt(dataKey, [key])),
            fp: key.fingerprint,
        }));
    const kms = wrappers.map(async ({ arn, wrap }) => ({
        arn,
        created_at,
        enc: await wrap(dataKey),
        aws_profile: "",
    }));
    const entries = Object.entries({ kms, age, pgp }).filter(([, list]) => list.length > 0);
    if (entries.length === 0) throw new Error("nothing to encrypt to: at least one recipient");
    return Object.fromEntries(
        await Promise.all(entries.map(async ([kind, list]) => [kind, await Promise.all(list)])),
    ) as Record<string, unknown>;
}

/** Whether a text is a file of SOPS: YAML with its metadata. */
export function isSops(text: string): boolean {
    return /^sops:\s*$/m.test(text);
}

/**
 * Opens what {@link sealSops} made, also after `sops` has edited it: the manifest, a document a
 * Secret.
 *
 * `unwrap` gives the data key from one of its encrypted copies. Throws an `Error` of one line,
 * without a secret, when the file is not as SOPS writes it, or was tampered with.
 */
export async function openSops(
    text: string,
    unwrap: (wrapped: WrappedDataKeys) => Promise<Uint8Array>,
): Promise<string> {
    const { list, metadata } = readFile(text);
    const dataKey = await unwrap(wrappedDataKeys(metadata));
    if (dataKey.length !== KEY_BYTES) throw new Error("the file's data key is damaged");
    const digest = createHash("sha512");
    const opened = mapLeaves(list, [], (leaf, path) =>
        isEncrypted(path)
            ? openLeaf(leaf, { dataKey, path, digest })
            : (digest.update(leafBytes(leaf)), leaf),
    ) as Map<string, Node>;
    const modified = metadataText(metadata, "lastmodified");
    const { bytes: mac } = decryptLeaf(metadataText(metadata, "mac"), dataKey, modified, "mac");
    if (mac.toString() !== digest.digest("hex").toUpperCase()) {
        throw new Error("the file was changed by other means than sops: its digest is another one");
    }
    const items = opened.get("items");
    if (!Array.isArray(items)) throw new Error("the file holds no list of Secrets");
    return items.map((item) => stringify(item, MANIFEST)).join("---\n");
}

function readFile(text: string): { list: Map<string, Node>; metadata: Map<string, unknown> } {
    let content: unknown;
    try {
        content = parse(text, { mapAsMap: true });
    } catch {
        throw new Error("the file is no YAML"); // the parser's message repeats the text
    }
    const metadata = content instanceof Map ? (content.get("sops") as unknown) : undefined;
    if (!(content instanceof Map) || !(metadata instanceof Map)) {
        throw new Error("the file was not made by SOPS");
    }
    content.delete("sops");
    if (metadata.get("encrypted_regex") !== ENCRYPTED || metadata.get("mac_only_encrypted")) {
        throw new Error(
            `the file was encrypted by other rules than encrypted_regex ${ENCRYPTED}: open it with sops -d`,
        );
    }
    return { list: content as Map<string, Node>, metadata: metadata as Map<string, unknown> };
}

function wrappedDataKeys(metadata: Map<string, unknown>): WrappedDataKeys {
    const entries = (kind: string): Map<string, string>[] => {
        const list: unknown = metadata.get(kind) ?? [];
        if (Array.isArray(list) && list.every((entry) => entry instanceof Map)) {
            return list as Map<string, string>[];
        }
        throw new Error(`the file's list of ${kind} keys is damaged`);
    };
    const enc = (entry: Map<string, string>): string => entry.get("enc") ?? "";
    return {
        age: entries("age").map(enc),
        pgp: entries("pgp").map(enc),
        kms: entries("kms").map((entry) => ({ arn: entry.get("arn") ?? "", enc: enc(entry) })),
    };
}

function metadataText(metadata: Map<string, unknown>, key: string): string {
    const value = metadata.get(key);
    if (typeof value === "string") return value;
    throw new Error(`the file's ${key} is missing`);
}

type Leaf = string | number | boolean;

/**
 * The same tree with its leaves replaced. Items of a list have the path of the list; nulls are no
 * leaves.
 */
function mapLeaves(
    node: Node,
    path: readonly string[],
    replace: (leaf: Leaf, path: readonly string[]) => Node,
): Node {
    if (node === null) return null;
    if (Array.isArray(node)) return node.map((item) => mapLeaves(item, path, replace));
    if (!(node instanceof Map)) return replace(node, path);
    return new Map(
        [...node].map(([key, value]) => [key, mapLeaves(value, [...path, key], replace)]),
    );
}

function isEncrypted(path: readonly string[]): boolean {
    return path.some((key) => new RegExp(ENCRYPTED).test(key));
}

function additionalData(path: readonly string[]): string {
    return path.map((key) => `${key}:`).join("");
}

/** What the digest is made of. SOPS was first written in Python, which prints `True`. */
function leafBytes(leaf: Leaf): string {
    if (typeof leaf === "boolean") return leaf ? "True" : "False";
    return String(leaf);
}

function encryptLeaf(leaf: Leaf, dataKey: Uint8Array, authenticated: string): string {
    if (leaf === "") return ""; // SOPS leaves it readable
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, dataKey, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(authenticated));
    const data = Buffer.concat([cipher.update(leafBytes(leaf)), cipher.final()]);
    const type = typeof leaf === "string" ? "str" : typeof leaf === "boolean" ? "bool" : "int";
    const [data64, iv64, tag64] = [data, iv, cipher.getAuthTag()].map((b) => b.toString("base64"));
    return `ENC[AES256_GCM,data:${data64},iv:${iv64},tag:${tag64},type:${type}]`;
}

const ENC = /^ENC\[AES256_GCM,data:(.*),iv:(.+),tag:(.+),type:(str|int|float|bool)\]$/;

function openLeaf(
    leaf: Leaf,
    {
        dataKey,
        path,
        digest,
    }: { readonly dataKey: Uint8Array; readonly path: readonly string[]; readonly digest: Hash },
): Leaf {
    if (leaf === "") return leaf;
    const authenticated = additionalData(path);
    const { bytes, type } = decryptLeaf(String(leaf), dataKey, authenticated, path.join("."));
    digest.update(bytes);
    const text = bytes.toString();
    if (type === "bool") return text === "True";
    return type === "str" ? text : Number(text);
}

function decryptLeaf(
    leaf: string,
    dataKey: Uint8Array,
    authenticated: string,
    name: string,
): { readonly bytes: Buffer; readonly type: string } {
    const [, data = "", iv = "", tag = "", type = ""] = ENC.exec(leaf) ?? [];
    try {
        const nonce = Buffer.from(iv, "base64");
        const cipher = createDecipheriv(CIPHER, dataKey, nonce, { authTagLength: TAG_BYTES });
        cipher.setAAD(Buffer.from(authenticated));
        cipher.setAuthTag(Buffer.from(tag, "base64"));
        return { bytes: Buffer.concat([cipher.update(data, "base64"), cipher.final()]), type };
    } catch {
        throw new Error(`${name} in the file is not encrypted with its data key`);
    }
}

/** As SOPS writes what is armored: a block of lines. */
function literal(text: string): Scalar {
    const scalar = new Scalar(text);
    scalar.type = Scalar.BLOCK_LITERAL;
    return scalar;
}
