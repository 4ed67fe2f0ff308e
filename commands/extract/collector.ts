import { findInClient, type SenderFile } from "./client.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { Candidate } from "./place.ts";
import { entriesOf, valueAt } from "./yaml.ts";

/** How an authenticator's settings are called in Prometheus, by the authenticator's type. */
const AUTHENTICATORS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    basicauth: {
        "basic_auth.username": "client_auth.username",
        "basic_auth.username_file": "client_auth.username_file",
        "basic_auth.password": "client_auth.password",
        "basic_auth.password_file": "client_auth.password_file",
    },
    bearertokenauth: {
        "authorization.type": "scheme",
        "authorization.credentials": "token",
        "authorization.credentials_file": "filename",
    },
    oauth2client: {
        "oauth2.client_id": "client_id",
        "oauth2.client_id_file": "client_id_file",
        "oauth2.client_secret": "client_secret",
        "oauth2.client_secret_file": "client_secret_file",
    },
};

/**
 * The credentials of an OpenTelemetry collector's `prometheusremotewrite` exporters: in their own
 * headers and endpoint, and in the extension that `auth.authenticator` names.
 */
export function findInCollector(
    content: unknown,
    file: SenderFile,
    noteEmpty: (exporter: unknown, path: string) => void = () => undefined,
): Candidate[] {
    const exporters = entriesOf(valueAt(content, "exporters")).filter(([name]) =>
        /^prometheusremotewrite(?:\/|$)/.test(name),
    );
    for (const [name, exporter] of exporters) {
        const own = findInClient({ headers: headersOf(exporter) }, { ...file, place: () => "" });
        const isNamed = valueAt(exporter, "auth", "authenticator") !== undefined;
        if (!isNamed && own.length === 0) noteEmpty(exporter, `exporters.${name}`);
    }
    const named = exporters.map(([, exporter]) => valueAt(exporter, "auth", "authenticator"));
    return [
        ...exporters.flatMap(([name, exporter]) => {
            const client = { url: valueAt(exporter, "endpoint"), headers: headersOf(exporter) };
            return findInClient(expand(client), {
                ...file,
                place: (path) =>
                    `${file.name}: exporters.${name}.${path === "url" ? "endpoint" : path}`,
            });
        }),
        // Each once, however many exporters share it.
        ...[...new Set(named)].flatMap((id) =>
            typeof id === "string" ? findInExtension(content, id, file) : [],
        ),
    ];
}

function findInExtension(content: unknown, id: string, file: SenderFile): Candidate[] {
    const extension = valueAt(content, "extensions", id);
    const [type = ""] = id.split("/");
    const names = AUTHENTICATORS[type] ?? {};
    const client: Record<string, Record<string, unknown>> = {};
    for (const [ours, theirs] of Object.entries(names)) {
        const [group = "", key = ""] = ours.split(".");
        const value = valueAt(extension, ...theirs.split("."));
        if (value !== undefined) client[group] = { ...client[group], [key]: value };
    }
    if (type === "headers_setter") client["headers"] = settersOf(extension);
    return findInClient(expand(client), {
        ...file,
        place: (path) => `${file.name}: extensions.${id}.${names[path] ?? path}`,
    });
}

function headersOf(exporter: unknown): unknown {
    const headers = valueAt(exporter, "headers");
    return Array.isArray(headers)
        ? Object.fromEntries(headers.map((one) => [valueAt(one, "name"), valueAt(one, "value")]))
        : headers;
}

function settersOf(extension: unknown): Record<string, unknown> {
    const headers = valueAt(extension, "headers");
    const list: readonly unknown[] = Array.isArray(headers) ? headers : [];
    return Object.fromEntries(
        list.flatMap((one) => {
            const value = valueAt(one, "value");
            return value === undefined ? [] : [[String(valueAt(one, "key")), value]];
        }),
    );
}

/**
 * `${file:path}` is what the file holds, `$$` is a dollar sign; a variable is left for what reads
 * the setting to name.
 */
function expand(content: unknown): unknown {
    if (typeof content === "string") {
        const [, file] = /^\$\{file:([^}]+)\}$/.exec(content) ?? [];
        if (file !== undefined) return new Elsewhere({ file });
        const [, provider] = /\$\{(file|https?|yaml):/.exec(content) ?? [];
        return provider === undefined
            ? content.replaceAll("$$", () => "$")
            : new Elsewhere({
                  missing: `the collector puts it together (\${${provider}:...}): give what it gets there`,
              });
    }
    return Object.fromEntries(entriesOf(content).map(([key, value]) => [key, expand(value)]));
}
