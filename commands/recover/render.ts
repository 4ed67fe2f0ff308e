import { join } from "node:path";
import { stringify } from "yaml";
import { authentication } from "../../kinds/senders/prometheus.ts";
import type { RotationRecord } from "../../rotation/record.ts";
import { type Recovered, renderRecovered } from "../../mirror/manifest.ts";
import type { Files } from "./writeFiles.ts";

/** What can be written without a Pulumi stack. */
export type Kind = "manifests" | "files" | "environment" | "prometheus";

/** What is rendered, beside the secrets. */
export interface RenderOptions {
    /** Where senders push; for `prometheus`. */
    readonly url: string;
    /** Where Prometheus finds the credential; for `prometheus`. */
    readonly credentialsFile: string;
}

/** The text of one kind, but for `files`. All but `prometheus` hold the credential. */
export function renderText(
    kind: Exclude<Kind, "files">,
    recovered: Recovered,
    { url, credentialsFile }: RenderOptions,
): string {
    switch (kind) {
        case "manifests":
            return renderRecovered(recovered);
        case "environment":
            return renderEnvironment(recovered);
        case "prometheus":
            return renderRemoteWrite(url, { username: recovered.username, credentialsFile });
    }
}

/** The files of every Secret, by path: `<directory>/<namespace>/<secret>/<file>`. Secret. */
export function renderFiles({ secrets }: Recovered, directory: string): Files {
    const paths = secrets.flatMap(({ metadata: { namespace, name }, stringData }) =>
        Object.entries(stringData).map(
            ([file, text]) => [join(directory, namespace, name, file), text] as const,
        ),
    );
    return Object.fromEntries(paths);
}

/** The entry `renderPrometheus` adds to a sender's configuration, alone. */
function renderRemoteWrite(url: string, how: Parameters<typeof authentication>[0]): string {
    const entry = { name: "prometheus-write-secret", url, ...authentication(how) };
    return stringify({ remote_write: [entry] }, { lineWidth: 0 });
}

/**
 * Of the form that systemd's EnvironmentFile, `docker --env-file` and shells read alike: no quotes
 * are needed.
 */
function renderEnvironment({ accepted, current, username }: Recovered): string {
    const { label = "", value = "" } = accepted.find((one) => one.label === current) ?? {};
    const variables = {
        GENERATION: label,
        ...(username === undefined ? { TOKEN: value } : { USERNAME: username, PASSWORD: value }),
    };
    if (!Object.values(variables).every((text) => /^[A-Za-z0-9._~+/=@-]+$/.test(text))) {
        throw new Error(
            "the credential holds characters an environment file cannot: take --output files",
        );
    }
    const lines = Object.entries(variables).map(
        ([name, text]) => `PROMETHEUS_WRITE_${name}=${text}\n`,
    );
    return lines.join("");
}

/** Where senders push, as far as the record says: the one address a receiver was proven at. */
export function provenUrl(record: RotationRecord | undefined): string {
    const urls = [...new Set(record?.proven.map(({ url }) => url))];
    const [url] = urls;
    if (url !== undefined && urls.length === 1 && isHttp(url)) return url;
    const known =
        urls.length === 0 ? "the record names none" : `the record names ${urls.join(", ")}`;
    throw new Error(`give the URL senders push to by --url: ${known}`);
}

function isHttp(url: string): boolean {
    return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
