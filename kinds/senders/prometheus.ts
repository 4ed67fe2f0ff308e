import { type Document, isSeq, parseDocument } from "yaml";
import * as z from "zod";
import type { UserFile } from "../../settings/schema.ts";
import type { SenderSettings } from "../../settings/settings.ts";
import { kubernetesName } from "../../settings/terms.ts";
import type { SenderKind, Target } from "../senderKind.ts";
import { mountedFiles, usernameBeside } from "./mountedFiles.ts";
import { findPlaintext } from "./plaintext.ts";
import { queueRestartReasons } from "./queueRestart.ts";
import {
    type OurEntry,
    ourEntry,
    readConfiguration,
    type RemoteWriteEntry,
    valueIn,
} from "./remoteWrite.ts";
import { prometheusSnippets } from "./prometheusSnippets.ts";

/**
 * A Prometheus that reads its configuration and its credential from files: 2.26 or newer, and 2.49
 * where each generation has a username of its own.
 */
export interface PrometheusSettings extends SenderSettings {
    /** The ConfigMap with `prometheus.yml`. `<name>-configuration` unless configured. */
    readonly configMap: string;
    /** The user's own `prometheus.yml`. */
    readonly configuration: UserFile;
    /**
     * Where it finds the token or password: absolute, or relative to its configuration file. The
     * username, where each generation has its own, is the file `username` beside it.
     */
    readonly credentialsFile: string;
    /** Where it finds the authorities to believe, likewise. The system's unless configured. */
    readonly caFile?: string | undefined;
}

const settings = z
    .strictObject({
        configMap: kubernetesName
            .optional()
            .describe("The ConfigMap with `prometheus.yml`. `<name>-configuration` when left out."),
        configuration: z
            .string()
            .min(1)
            .describe(
                "Your `prometheus.yml`; all in it is kept, our `remote_write` entry is added.",
            ),
        credentialsFile: z
            .string()
            .min(1)
            .default("/etc/prometheus/write-credential/token")
            .describe(
                "Where the sender finds the token or password, in its pod; absolute, or relative to " +
                    "its configuration file. Where each generation has a username of its own, that " +
                    "is the file `username` beside it.",
            ),
        caFile: z
            .string()
            .min(1)
            .optional()
            .describe(
                "Where the sender finds the authorities to believe, likewise: mount them there " +
                    "first. The system's when left out.",
            ),
    })
    .describe(
        "A Prometheus, 2.26 or newer, that reads the key `token` of the Secret as a file; 2.49 or " +
            "newer where each generation has a username of its own, the key `username`.",
    );

const FILE = "prometheus.yml";

/**
 * Prometheus with the credential in one file, read at every request, so that no request carries
 * half a new one and a rotation needs no reload.
 */
export const prometheus: SenderKind<PrometheusSettings, z.infer<typeof settings>> = {
    settings,
    example: () => ({ configuration: FILE }),
    complete: ({ configMap, configuration, credentialsFile, caFile }, { name, read }) => ({
        configMap: configMap ?? `${name}-configuration`,
        configuration: read("configuration", configuration),
        credentialsFile,
        ...(caFile !== undefined && { caFile }),
    }),
    configuration: ({ configuration, credentialsFile, caFile }, target) => ({
        file: FILE,
        text: renderOnce(configuration.text, { ...target, credentialsFile, caFile }),
    }),
    targetIn: (sender, text) => {
        const entry = ourEntry(readConfiguration(text), ours(sender));
        return (
            entry && {
                ...textOf("name", entry.name),
                ...textOf("url", entry.url),
                ...textOf("username", valueIn(entry["basic_auth"], "username")),
            }
        );
    },
    losses: (sender, former, next) => queueRestartReasons(former, next, ours(sender)),
    // A kubelet shows a changed Secret within 60 to 90 s.
    uptake: () => ({ withinSeconds: 90, rereads: true }),
    ...mountedFiles,
    facts: {
        reads: "the mounted file, at every request",
        inGap: "drops what is answered 401 or 403",
        tested: "3.14.0",
    },
    snippets: prometheusSnippets,
};

function ours({ receiver, credentialsFile }: PrometheusSettings): OurEntry {
    return { name: receiver, credentialsFile };
}

/** People may have written anything there. */
function textOf<K extends string>(key: K, value: unknown): Partial<Record<K, string>> {
    return typeof value === "string" ? ({ [key]: value } as Record<K, string>) : {};
}

const rendered = new Map<string, string>();

/** What was rendered before is not again: many senders may share a file, and each is asked twice. */
function renderOnce(base: string, entry: RemoteWrite): string {
    const key = JSON.stringify([base, entry]);
    const text = rendered.get(key) ?? renderPrometheus(base, entry);
    rendered.set(key, text);
    return text;
}

/** The `remote_write` entry this program adds to a Prometheus configuration. */
export type RemoteWrite = Target &
    Pick<OurEntry, "credentialsFile"> &
    Pick<PrometheusSettings, "caFile">;

/**
 * A user's `prometheus.yml` with our `remote_write` entry added after theirs; the rest, comments
 * too, stays as it is.
 *
 * The result is the same through all rotations. Throws an error that names the key path when the
 * text is no configuration, already has an entry of this name or URL, or holds a secret in plain
 * text.
 */
export function renderPrometheus(base: string, entry: RemoteWrite): string {
    const document = parseConfiguration(base);
    const plaintext = findPlaintext(document.toJS());
    if (plaintext !== undefined) throw new Error(`${plaintext.path} ${plaintext.fault}`);
    for (const [index, twin] of remoteWrites(document).entries()) refuseTwin(index, twin, entry);
    if (!isSeq(document.get("remote_write"))) document.set("remote_write", document.createNode([]));
    document.addIn(["remote_write"], {
        name: entry.name,
        url: entry.url,
        ...authentication(entry),
        ...(entry.caFile !== undefined && { tls_config: { ca_file: entry.caFile } }),
    });
    return document.toString({ lineWidth: 0 });
}

/** How an entry authenticates, as Prometheus has it. */
export function authentication({
    username,
    usernames,
    credentialsFile,
}: Pick<RemoteWrite, "username" | "usernames" | "credentialsFile">): object {
    const password_file = credentialsFile;
    if (usernames === "generation") {
        // Since 2.49; in the configuration itself it would restart the queue at every rotation.
        const username_file = usernameBeside(credentialsFile);
        return { basic_auth: { username_file, password_file } };
    }
    return username === undefined
        ? { authorization: { credentials_file: credentialsFile } }
        : { basic_auth: { username, password_file } };
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

function remoteWrites(document: Document): readonly (RemoteWriteEntry | null)[] {
    const { remote_write: entries = null } = document.toJS() as { remote_write?: unknown };
    if (entries === null) return [];
    if (!Array.isArray(entries)) throw new Error("remote_write must be a list");
    return entries as readonly (RemoteWriteEntry | null)[];
}

/** Two entries of one URL push every sample twice; two of one name are refused by Prometheus itself. */
function refuseTwin(index: number, twin: RemoteWriteEntry | null, entry: RemoteWrite) {
    for (const key of ["name", "url"] as const) {
        if (twin?.[key] !== entry[key]) continue;
        throw new Error(
            `remote_write[${index}].${key} is already "${entry[key]}"; take that entry out, this program adds it`,
        );
    }
}
