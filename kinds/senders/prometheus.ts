import { type Document, isSeq, parse, parseDocument } from "yaml";
import { findPlaintext } from "./plaintext.ts";

/** The `remote_write` entry this program adds to a Prometheus configuration. */
export interface RemoteWrite {
    /** Names the queue in Prometheus' metrics, so that they survive a change of URL. */
    readonly name: string;
    readonly url: string;
    /** The username of basic authentication; none where the credential is a bearer token. */
    readonly username?: string | undefined;
    /**
     * Where Prometheus finds the token or password: absolute, or relative to the configuration
     * file.
     */
    readonly credentialsFile: string;
}

/**
 * A user's `prometheus.yml` with our `remote_write` entry added after theirs; the rest, comments
 * too, stays as it is.
 *
 * Prometheus reads the token or password from its file at every request (2.26 and later), so the
 * result is the same through all rotations and needs no reload. Throws an error that names the key
 * path when the text is no configuration, already has an entry of this name or URL, or holds a
 * secret in plain text.
 */
export function renderPrometheus(base: string, entry: RemoteWrite): string {
    const document = parseConfiguration(base);
    const plaintext = findPlaintext(document.toJS());
    if (plaintext !== undefined) {
        throw new Error(
            `${plaintext} holds a secret in plain text; put it in a file and give that file's path instead`,
        );
    }
    for (const [index, twin] of remoteWrites(document).entries()) refuseTwin(index, twin, entry);
    if (!isSeq(document.get("remote_write"))) document.set("remote_write", document.createNode([]));
    document.addIn(["remote_write"], {
        name: entry.name,
        url: entry.url,
        ...authentication(entry),
    });
    return document.toString({ lineWidth: 0 });
}

/** How an entry authenticates, as Prometheus has it. */
export function authentication({
    username,
    credentialsFile,
}: Pick<RemoteWrite, "username" | "credentialsFile">): object {
    return username === undefined
        ? { authorization: { credentials_file: credentialsFile } }
        : { basic_auth: { username, password_file: credentialsFile } };
}

/**
 * The username our entry, the last one, authenticates with in a configuration; none where it is a
 * bearer token.
 */
export function usernameOf(configuration: string): string | undefined {
    const { remote_write } = parse(configuration) as {
        remote_write?: readonly { readonly basic_auth?: { readonly username?: string } }[];
    };
    return remote_write?.at(-1)?.basic_auth?.username;
}

function parseConfiguration(base: string): Document {
    const document = parseDocument(base);
    const [fault] = document.errors;
    if (fault) throw new Error(`is not YAML: ${fault.message.split("\n", 1)[0] ?? ""}`);
    const content: unknown = document.toJS();
    if (content === null) return parseDocument("{}");
    if (typeof content !== "object" || Array.isArray(content)) {
        throw new Error("is not a Prometheus configuration: the top level must be a mapping");
    }
    return document;
}

function remoteWrites(document: Document): readonly { name?: unknown; url?: unknown }[] {
    const { remote_write: entries = null } = document.toJS() as { remote_write?: unknown };
    if (entries === null) return [];
    if (!Array.isArray(entries)) throw new Error("remote_write must be a list");
    return entries as { name?: unknown; url?: unknown }[];
}

/**
 * Two entries of one URL push every sample twice; two of one name are refused by Prometheus itself.
 */
function refuseTwin(index: number, twin: { name?: unknown; url?: unknown }, entry: RemoteWrite) {
    for (const key of ["name", "url"] as const) {
        if (twin[key] !== entry[key]) continue;
        throw new Error(
            `remote_write[${index}].${key} is already "${entry[key]}"; take that entry out, this program adds it`,
        );
    }
}
